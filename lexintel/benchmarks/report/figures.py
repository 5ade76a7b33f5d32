"""Which figures of each benchmark are shown, what each is to be, and what it needs to be measured at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

QUESTIONS = "a retrieval set (--questions) and the development requirement bm25s"
TESSERACT = "the command tesseract"


@dataclass(frozen=True)
class Figure:
    """`path`: where it stands in the benchmark's result, names joined by full stops; the worst of all where one is *.

    `sign` (≥ or ≤) and `bound`: the target, none where the figure is only reported. `headline`: what the README calls
    it, which shows no others.
    """

    label: str
    path: str
    sign: str = ""
    bound: float = 0
    unit: str = ""
    needs: str = ""
    headline: str = ""

    @property
    def target(self) -> str:
        return f"{self.sign} {self.bound:g}{_spaced(self.unit)}" if self.sign else ""

    def measured(self, result: Mapping[str, Any]) -> float | int | None:
        """What the result says; None if it does not."""
        found = _at(result, self.path.split("."))
        return (max if self.sign == "≤" else min)(found) if found else None

    def met(self, value: float) -> bool:
        """Whether a value is what it is to be; always where nothing is asked."""
        return not self.sign or (value >= self.bound if self.sign == "≥" else value <= self.bound)


def shown(value: float, unit: str) -> str:
    """A figure as people read it, digits as measured."""
    return f"{value:,}{_spaced(unit)}"


def judged(name: str, result: Mapping[str, Any]) -> dict[str, str]:
    """For each target that was measured, whether it was met."""
    said = {}
    for figure in FIGURES.get(name, ()):
        value = figure.measured(result)
        if figure.sign and value is not None:
            said[figure.path] = f"{value} {figure.sign} {figure.bound:g}: {'met' if figure.met(value) else 'missed'}"
    return said


def _spaced(unit: str) -> str:
    return "" if not unit else unit if unit == "%" else f" {unit}"


def _at(node: Any, names: list[str]) -> list[float]:
    if not names:
        return [node] if isinstance(node, int | float) and not isinstance(node, bool) else []
    if not isinstance(node, Mapping):
        return []
    inner = list(node.values()) if names[0] == "*" else [node.get(names[0])]
    return [value for one in inner for value in _at(one, names[1:])]


# In the order in which they are run and shown.
FIGURES: dict[str, tuple[Figure, ...]] = {
    "extract": (
        Figure(
            "reading ÷ raw text and character boxes",
            "read_to_raw_char_boxes",
            "≥",
            0.6,
            headline="reading PDF on one core ÷ raw text and character boxes",
        ),
        Figure("… by processor time", "read_to_raw_char_boxes_by_cpu"),
        Figure("… ÷ raw text and a rectangle per word", "read_to_raw_word_rects"),
        Figure("… ÷ pdfplumber's words", "read_to_pdfplumber_words", "≥", 15, headline="… ÷ pdfplumber's words"),
        Figure(
            "pages read on one core",
            "read_pages_per_s",
            unit="pages/s",
            headline="pages read on one core, with confinement and database",
        ),
        Figure("confinement, p50", "confinement_p50_ms", "≤", 15, "ms", headline="walls around a file's reader, p50"),
        Figure("OCR stage ÷ bare engine", "ocr_to_raw", "≥", 0.9, headline="OCR with its checks ÷ bare engine"),
        Figure("a worker's memory grows by, each document", "memory_growth_kb_per_document", "≤", 1, "kB"),
        Figure("… after 100 documents", "memory_mb_settled", unit="MB"),
        Figure("… after all", "memory_mb_at_end", unit="MB"),
        Figure("two workers ÷ one", "scaling_two_to_one", "≥", 1.7, headline="two workers ÷ one"),
    ),
    "embed": (
        Figure(
            "vectors ÷ bare onnxruntime session",
            "embed_to_raw",
            "≥",
            0.9,
            headline="passages embedded ÷ bare onnxruntime session",
        ),
        Figure("passages embedded on one core", "embed_passages_per_s", unit="passages/s"),
        Figure("one question, p50", "question_p50_ms", unit="ms"),
    ),
    "pipeline": (
        Figure("reading ÷ raw PDFium", "read_to_raw"),
        Figure("embedding, with the database ÷ bare onnxruntime session", "embed_to_raw"),
        Figure(
            "all stages on one core",
            "in_all_pages_per_s",
            unit="pages/s",
            headline="from file to search by meaning, one core",
        ),
    ),
    "ocr": (
        Figure("errors in characters, clean pages at 300 dpi", "clean_300.cer"),
        Figure("… ÷ tesseract's", "clean_300.cer_to_tesseract", needs=TESSERACT),
        Figure("errors in characters, noisy and crooked pages at 200 dpi", "noisy_skewed_200.cer"),
        Figure("… ÷ tesseract's", "noisy_skewed_200.cer_to_tesseract", needs=TESSERACT),
        Figure("errors in characters, faxed pages", "fax_204x98.cer"),
        Figure("… ÷ tesseract's", "fax_204x98.cer_to_tesseract", needs=TESSERACT),
    ),
    "search": (
        Figure(
            "nDCG@10 inside a document, words alone ÷ BM25",
            "quality.ratios.lexical_lane_to_bm25",
            "≥",
            1.0,
            needs=QUESTIONS,
        ),
        Figure(
            "… as search does it ÷ the better of BM25 and nearest vectors",
            "quality.ratios.hybrid_to_best_in_document",
            "≥",
            1.08,
            needs=QUESTIONS,
            headline="nDCG@10 in a document ÷ the better of BM25 and nearest vectors",
        ),
        Figure(
            "nDCG@10 in all documents, the question names one ÷ the best naive method",
            "quality.ratios.hybrid_to_best_naive_named",
            "≥",
            2.5,
            needs=QUESTIONS,
            headline="nDCG@10 in all documents, one named ÷ the best naive method",
        ),
        Figure(
            "… and names none ÷ the same without being led anywhere",
            "quality.ratios.hybrid_to_unrouted_unnamed",
            "≥",
            1.0,
            needs=QUESTIONS,
        ),
        Figure("questions with an empty answer", "quality.empty.hybrid_in_document", "≤", 0, needs=QUESTIONS),
        Figure(
            "eight words copied: share found first",
            "fragments.verbatim.first",
            "≥",
            0.99,
            headline="eight words copied: found first",
        ),
        Figure(
            "… with two typos: among the first ten",
            "fragments.two_typos.in_ten",
            "≥",
            0.98,
            headline="eight words with two typos: among the first ten",
        ),
        Figure("cases of .2 to 30 % of all passages: rows of 20", "completeness_with_index.*.rows", "≥", 20),
        Figure("… recall@10 beside comparing every vector", "completeness_with_index.*.recall@10", "≥", 0.95),
        Figure("across all cases by the index: recall@10", "across_cases.recall@10", "≥", 0.95),
        Figure(
            "a search among 5,000 passages ÷ embedding its question",
            "speed.search_to_embedding",
            "≤",
            1.4,
            headline="a search among 5,000 passages ÷ embedding its question",
        ),
        Figure("… p50", "speed.search_p50_ms", unit="ms", headline="a search among 5,000 passages, p50"),
        Figure("the same question again ÷ an empty view", "speed.repeated_to_empty_view", "≤", 2),
        Figure(
            "twenty people at once without a pause, p95",
            "crowd.p95_ms",
            "≤",
            250,
            "ms",
            headline="twenty people at once without a pause, p95",
        ),
        Figure("… errors", "crowd.errors", "≤", 0),
    ),
    "scale": (
        Figure("passages in the database", "chunks", headline="passages in one database"),
        Figure("a search in one case, p95", "case.p95_ms", "≤", 150, "ms", headline="… a search in one case, p95"),
        Figure("… p50", "case.p50_ms", unit="ms"),
        Figure(
            "a search in all cases, p95", "everywhere.p95_ms", "≤", 400, "ms", headline="… a search in all cases, p95"
        ),
        Figure("… p50", "everywhere.p50_ms", unit="ms"),
        Figure("recall@10 in each case, the worst", "cases.*.recall@10", "≥", 0.95),
        Figure("… rows of 20, the fewest", "cases.*.rows", "≥", 20),
        Figure("recall@10 in all cases", "everywhere.recall@10", "≥", 0.95, headline="… recall@10 in all cases"),
        Figure("memory of PostgreSQL, at most", "postgres_peak_mb", unit="MB"),
        Figure("memory of the process that searches, at most", "process_peak_mb", unit="MB"),
        Figure("database on disk", "database_mb", unit="MB"),
        Figure("loaded in", "loaded_s", unit="s"),
        Figure("approximate index built in", "index_built_s", unit="s"),
    ),
    "progress": (
        Figure(
            "from commit to every client, p50",
            "p50_ms",
            "≤",
            8,
            "ms",
            headline="from a change's commit to who watches, p50",
        ),
        Figure("… p99", "p99_ms", "≤", 50, "ms", headline="… p99"),
        Figure("… p50 ÷ the raw hop through Redis", "p50_to_raw_hop", "≤", 4),
        Figure("… p50 ÷ the same server and clients without LexIntel", "p50_to_bare_sse"),
        Figure("events lost", "lost", "≤", 0),
        Figure("events out of order", "out_of_order", "≤", 0),
        Figure("largest event", "costs.event_bytes_max", "≤", 200, "bytes"),
        Figure("an event in Redis", "costs.redis_bytes_each", "≤", 300, "bytes"),
        Figure("published a second, one process", "costs.published_per_s", "≥", 5000),
        Figure("a snapshot of 10,000 unfinished documents", "costs.snapshot_bytes", "≤", 64_000, "bytes"),
        Figure("… taken, p50", "costs.snapshot_p50_ms", "≤", 100, "ms"),
        Figure("the page of their case, p50", "costs.case_page_p50_ms", "≤", 500, "ms"),
        Figure("disconnects at random over 20,000 events", "disconnects.disconnects", "≥", 1000),
        Figure("of 20 clients, those right at the end", "disconnects.clients_right_at_the_end", "≥", 20),
        Figure("clients out of order after disconnects", "disconnects.out_of_order", "≤", 0),
        Figure("memory for 50 streams that nobody reads, 100,000 events", "deaf.memory_mb", "≤", 50, "MB"),
        Figure("… a normal client's p99 beside them ÷ alone", "deaf.normal_p99_ratio", "≤", 2),
        Figure("memory of an open stream", "crowd.kb_each", "≤", 25, "kB"),
        Figure("an event has reached every stream after", "crowd.event_reaches_all_ms", "≤", 2000, "ms"),
        Figure("/healthz beside them, p99", "crowd.healthz_p99_ms", "≤", 100, "ms"),
    ),
    "recovery": (
        Figure(
            "worker killed → its document worked on again, p95",
            "kill_to_work_p95_s",
            "≤",
            45,
            "s",
            headline="worker killed → its document worked on again, p95",
        ),
        Figure("worker told to end → ended, worst", "end_to_gone_max_s", "≤", 5, "s"),
        Figure("letters beside a file that kills its worker: later by, worst", "bystander_later_max_s", "≤", 2, "s"),
    ),
    "bulk": (
        Figure("documents that wait", "documents"),
        Figure(
            "a file added elsewhere meanwhile → begun, worst",
            "start_max_s",
            "≤",
            10,
            "s",
            headline="a file added while 10,000 wait elsewhere → begun, worst",
        ),
        Figure("the page of that case, p95", "case_page_p95_ms", "≤", 500, "ms"),
        Figure("memory of the workers grew by", "memory_growth_percent", "≤", 10, "%"),
    ),
    "growth": (
        Figure("pages a second, the slowest size", "sizes.*.pages_per_s", unit="pages/s"),
        Figure("pages a second, the largest size ÷ the middle one", "pages_per_s_largest_to_middle", "≥", 0.8),
        Figure("memory of the workers, the largest size ÷ the middle one", "memory_largest_to_middle", "≤", 1.2),
    ),
}
