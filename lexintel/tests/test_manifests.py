"""Compose file and Kubernetes manifests: valid, unprivileged, and true to what the product needs."""

import re
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from django.conf import settings

DOCKER = Path(settings.BASE_DIR) / "docker"
BASE, EXAMPLE = DOCKER / "kubernetes" / "base", DOCKER / "kubernetes" / "example"
VERSIONS = ("1.30", kubernetes_validate.latest_version())


def kustomization(folder):
    return yaml.safe_load((folder / "kustomization.yaml").read_text())


def manifests():
    return [
        document
        for name in kustomization(BASE)["resources"]
        for document in yaml.safe_load_all((BASE / name).read_text())
    ]


def of_kind(kind):
    return {m["metadata"]["name"]: m for m in manifests() if m["kind"] == kind}


def pods():
    workloads = of_kind("Deployment") | of_kind("Job")
    return {name: workload["spec"]["template"] for name, workload in workloads.items()}


def label(manifest):
    return f"{manifest['kind']}-{manifest['metadata']['name']}"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", manifests(), ids=label)
def test_every_manifest_is_what_the_cluster_expects(manifest, version):
    kubernetes_validate.validate(manifest, version, strict=True)


def test_the_overlay_changes_what_there_is():
    overlay = kustomization(EXAMPLE)
    assert "../base" in overlay["resources"]
    known = {(m["kind"], m["metadata"]["name"]) for m in manifests()}
    for patch in overlay["patches"]:
        found = yaml.safe_load((EXAMPLE / patch["path"]).read_text())
        target = patch.get("target") or {"kind": found["kind"], "name": found["metadata"]["name"]}
        assert (target["kind"], target["name"]) in known
        if isinstance(found, dict):
            assert set(found["data"]) <= set(of_kind("ConfigMap")["lexintel"]["data"])
    assert {image["name"] for image in overlay["images"]} == {"lexintel"}


@pytest.mark.parametrize("name", pods())
def test_no_pod_has_more_rights_than_it_needs(name):
    spec = pods()[name]["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    for container in spec["containers"]:
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]


def test_every_setting_that_is_set_is_one():
    known = (Path(settings.BASE_DIR) / "docs" / "configuration.md").read_text()
    compose = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    named = set(of_kind("ConfigMap")["lexintel"]["data"]) | set(compose["services"]["web"]["environment"])
    assert len(named) > 10
    assert not [name for name in named if f"`{name.removesuffix('_FILE')}`" not in known]


def test_selectors_find_their_pods():
    labels = {pod["metadata"]["labels"]["app.kubernetes.io/component"] for pod in pods().values()}
    assert labels == {"web", "worker", "migrate"}
    for kind in ("Service", "PodDisruptionBudget", "Deployment"):
        for manifest in of_kind(kind).values():
            selector = manifest["spec"]["selector"]
            assert selector.get("matchLabels", selector)["app.kubernetes.io/component"] in labels


def test_workers_are_scaled_by_a_metric_that_there_is():
    (scaler,) = of_kind("HorizontalPodAutoscaler").values()
    (metric,) = scaler["spec"]["metrics"]
    source = (Path(settings.BASE_DIR) / "lexintel" / "metrics.py").read_text()
    assert f'"{metric["external"]["metric"]["name"]}"' in source


def test_compose_gives_no_service_of_ours_more_rights_than_it_needs():
    services = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]
    ours = {name: service for name, service in services.items() if name not in ("postgres", "redis")}
    assert set(ours) == {"secrets", "migrate", "web", "worker"}
    for service in ours.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    for name, service in services.items():
        assert service["restart"]
        assert service["logging"]["options"]["max-size"]
        assert name == "secrets" or service["mem_limit"]
        # No password stands in the file itself.
        assert not re.search(r"PASSWORD: *\S", yaml.dump(service.get("environment", {})))
