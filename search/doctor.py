"""What `manage.py doctor` looks at in search."""

from extraction.doctor import Finding
from search import reranker


def examine_reranker() -> Finding:
    """Whether the reranker, if there is one, tells an obvious pair apart."""
    try:
        used = reranker.configured()
        if used is None:
            return Finding("reranker", True, "off (RERANK_BASE_URL is not set)")
        used.check()
    except reranker.RerankerUnavailable as error:
        return Finding("reranker", False, "not used", str(error))
    return Finding("reranker", True, "tells an obvious pair apart")
