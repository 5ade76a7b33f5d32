"""What is asked of which figure: the rows of docs/benchmarks.md."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """`path`: into the figures, by dots. `at_most` or `at_least`, or neither: only reported."""

    path: str
    meaning: str
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None


TARGETS: dict[str, list[Target]] = {
    "extract": [
        Target("read_to_raw_char_boxes", "reading ÷ raw text and character boxes", at_least=0.6),
        Target("read_to_pdfplumber_words", "reading ÷ pdfplumber's words", at_least=15),
        Target("confinement_p50_ms", "confinement of one document, p50", "ms", at_most=15),
        Target("ocr_to_raw", "OCR stage ÷ the bare engine", at_least=0.9),
        Target("memory_growth_kb_per_document", "a worker's memory, for each further document", "kB", at_most=1),
        Target("scaling_two_to_one", "two workers ÷ one", at_least=1.7),
    ],
    "pipeline": [
        Target("read_to_raw", "read stage ÷ a bare loop of PDFium calls", at_least=0.4),
        Target("embed_to_raw", "embed stage ÷ the bare model", at_least=0.8),
        Target("in_all_pages_per_s", "pages a second through all stages, one core"),
    ],
    "progress": [
        Target("clients", "clients"),
        Target("events_per_s", "events a second"),
        Target("p50_ms", "commit to client, p50", "ms", at_most=8),
        Target("p99_ms", "commit to client, p99", "ms", at_most=50),
        Target("lost", "events lost", at_most=0),
        Target("out_of_order", "events out of order", at_most=0),
        Target("p50_to_raw_hop", "p50 ÷ the raw hop through Redis", at_most=4),
        Target("p50_to_bare_sse", "p50 ÷ a bare endpoint of server-sent events"),
        Target("costs.published_per_s", "events published a second, one process", at_least=5000),
        Target("costs.event_bytes_max", "an event's data, largest", "bytes", at_most=200),
        Target("costs.redis_bytes_each", "an event in Redis", "bytes", at_most=300),
        Target("costs.snapshot_bytes", "snapshot of 10,000 unfinished documents", "bytes", at_most=64_000),
        Target("costs.snapshot_p50_ms", "… taken, p50", "ms", at_most=100),
        Target("costs.case_page_p50_ms", "the page of their case, p50", "ms", at_most=500),
        Target("disconnects.clients", "clients that are cut off again and again"),
        Target("disconnects.disconnects", "disconnects at random over 20,000 events", at_least=1000),
        Target("disconnects.clients_right_at_the_end", "clients whose state is the database's at the end"),
        Target("disconnects.out_of_order", "events that went back in time", at_most=0),
        Target("deaf.memory_mb", "web memory, 50 clients that never read, 100,000 events", "MB", at_most=50),
        Target("deaf.normal_p99_ratio", "a normal client's p99 beside them ÷ without", at_most=2),
        Target("crowd.connections", "open streams on one web process", at_least=10_000),
        Target("crowd.kb_each", "memory of each", "kB", at_most=25),
        Target("crowd.event_reaches_all_ms", "one event reaches all", "ms", at_most=2000),
        Target("crowd.healthz_p99_ms", "/healthz meanwhile, p99", "ms", at_most=100),
    ],
    "recovery": [
        Target("kill_to_work_p95_s", "worker killed → its document is worked on again, p95", "s", at_most=45),
        Target("end_to_gone_max_s", "worker told to end → ended, worst", "s", at_most=5),
        Target("end_to_work_max_s", "… → its document is worked on elsewhere, worst", "s", at_most=5),
        Target("bystander_later_max_s", "50 letters beside a file that ends its worker: later by", "s", at_most=2),
    ],
    "bulk": [
        Target("documents", "documents waiting in one case"),
        Target("start_max_s", "a file added to another case is begun after, worst of 5", "s", at_most=10),
        Target("case_page_p95_ms", "the case's page while workers are busy, p95 of 50", "ms", at_most=500),
        Target("done", "documents read to the end"),
        Target("memory_growth_percent", "workers' memory from the thousandth to the last", "%", at_most=10),
    ],
    "search": [
        Target("quality.ratios.lexical_lane_to_bm25", "words alone, inside a document: nDCG@10 ÷ BM25", at_least=1.0),
        Target("quality.ratios.hybrid_to_best_in_document", "words and meaning: ÷ the better one", at_least=1.08),
        Target("quality.ratios.hybrid_to_best_naive_named", "the question names a document: ÷ naive", at_least=2.5),
        Target("quality.ratios.hybrid_to_unrouted_unnamed", "… and names none: ÷ without routing", at_least=1.0),
        Target("fragments.verbatim.first", "eight words copied: first", at_least=0.99),
        Target("fragments.two_typos.in_ten", "… with two typos: among the first ten", at_least=0.98),
        Target("across_cases.recall@10", "recall@10 over all cases by the index", at_least=0.95),
        Target("speed.search_to_embedding", "a search in 5,000 passages ÷ embedding its question", at_most=1.4),
        Target("speed.repeated_p50_ms", "the same question again, p50", "ms"),
        Target("crowd.p95_ms", "20 people at once without a pause, p95", "ms", at_most=250),
        Target("crowd.errors", "… errors", at_most=0),
    ],
    "scale": [
        Target("chunks", "passages in the database"),
        Target("in_a_case_p95_ms", "search in a case, p95, worst of cases of .2 to 30 %", "ms", at_most=150),
        Target("everywhere.p95_ms", "search over all cases, p95", "ms", at_most=400),
        Target("recall.recall@10", "recall@10 over all cases beside comparing every vector", at_least=0.95),
        Target("size.database_mb", "disk", "MB"),
        Target("size.session_mb", "memory of the database's session", "MB"),
        Target("size.this_process_mb", "memory of the searching process", "MB"),
    ],
    "growth": [
        Target("seconds_100_to_10", "time for ten times the documents, 300 to 3,000: ×", at_most=12),
        Target("search_100_to_1", "search in 100 times the documents: ×"),
    ],
}
