"""E-mail that nests, repeats and winds without end."""

from extraction.tests.killers.kind import TOO_MUCH, Killer, Pieces

MAIL, MBOX, HTML = "message/rfc822", "application/mbox", "text/html"
HEAD = b"From: a@x.example\r\nTo: b@x.example\r\nSubject: words\r\nMIME-Version: 1.0\r\n"


def multiparts(depth: int) -> Pieces:
    """Parts in parts, each with a boundary of its own."""
    yield HEAD
    for n in range(depth):
        yield b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
    yield b"Content-Type: text/plain\r\n\r\nwords\r\n"
    for n in reversed(range(depth)):
        yield b"--b%d--\r\n" % n


def messages(depth: int) -> Pieces:
    """Messages forwarded in messages."""
    yield (HEAD + b"Content-Type: message/rfc822\r\n\r\n") * depth + HEAD + b"\r\nwords\r\n"


def parts(count: int) -> Pieces:
    """So many attachments of one word."""
    yield HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    yield b'--b\r\nContent-Type: application/x; name="a.bin"\r\n\r\nword\r\n' * count
    yield b"--b--\r\n"


def alternatives(depth: int) -> Pieces:
    """Alternatives to alternatives, two at each step."""
    yield HEAD
    for n in range(depth):
        yield b'Content-Type: multipart/alternative; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        yield b"Content-Type: multipart/related; boundary=r\r\n\r\n--r--\r\n--b%d\r\n" % n
    yield b"Content-Type: text/html\r\n\r\n<p>words\r\n"


def headers(count: int) -> Pieces:
    """So many fields."""
    yield HEAD
    yield b"X-A: b\r\n" * count
    yield b"\r\nwords\r\n"


def recipients(count: int) -> Pieces:
    """So many recipients, in as many fields."""
    yield HEAD + b"To: c@x.example\r\n" * count + b"\r\nwords\r\n"


def long_header(megabytes: int, piece: bytes) -> Pieces:
    """One field of so much, on one line."""
    line = piece * ((1 << 20) // len(piece))
    yield HEAD
    for name in (b"References: ", b"X-Long: ", b"Subject: ", b"Content-Type: text/plain; name="):
        yield name
        for _ in range(megabytes):
            yield line
        yield b"\r\n"
    yield b"\r\nwords\r\n"


def folded_header(megabytes: int) -> Pieces:
    """One field folded over millions of lines."""
    yield HEAD + b"X-Folded: a"
    for _ in range(megabytes):
        yield b"\r\n a" * ((1 << 20) // 4)
    yield b"\r\n\r\nwords\r\n"


def parameters(count: int) -> Pieces:
    """A file's name in so many pieces."""
    pieces = b";\r\n ".join(b"filename*%d*=utf-8''%%41" % n for n in range(count))
    yield HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/x\r\n"
    yield b"Content-Disposition: attachment;\r\n " + pieces + b"\r\n\r\nwords\r\n--b--\r\n"


def boundaries(count: int) -> Pieces:
    """So many lines that almost end a part."""
    yield HEAD + b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n" % (b"b" * 70)
    yield (b"--" + b"b" * 69 + b"\r\n") * count


def encoded_body(megabytes: int, form: bytes) -> Pieces:
    """A text so long, in an encoding, on one line."""
    yield HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: %s\r\n\r\n" % form
    piece = {b"base64": b"d29y", b"quoted-printable": b"=41=", b"x-uuencode": b"M" + b"a" * 60 + b"\n"}[form]
    if form == b"x-uuencode":
        yield b"begin 644 a\r\n"
    for _ in range(megabytes):
        yield piece * ((1 << 20) // len(piece))


def charset(name: bytes) -> Pieces:
    """A text in an encoding that is a trap: a codec that unpacks, and a name without end."""
    yield HEAD + b"Content-Type: text/plain; charset=%s\r\n\r\nwords" % name


def wrapped_html(megabytes: int) -> Pieces:
    """A page so long, on one line."""
    yield HEAD + b"Content-Type: text/html\r\n\r\n<p>"
    for _ in range(megabytes):
        yield b"<b>word</b> " * ((1 << 20) // 12)


def mailbox(count: int) -> Pieces:
    """So many messages of one word."""
    yield b"From a@x.example Thu Mar  4 09:05:00 2021\nFrom: a@x\nSubject: x\n\nword\n\n" * count


def mailbox_line(megabytes: int) -> Pieces:
    """A message of one line."""
    yield b"From a@x.example Thu Mar  4 09:05:00 2021\nFrom: a@x\nSubject: x\n\n"
    for _ in range(megabytes):
        yield b"word " * ((1 << 20) // 5)


READY = ("ready",)
LIMITED = ("ready", "ready: members_left_out", "corrupt", *TOO_MUCH)
SMALL, LARGE = {"megabytes": 1}, {"megabytes": 64}

KILLERS = [
    Killer("mail_multiparts", MAIL, multiparts, LIMITED, {"depth": 1_000}, {"depth": 100_000}),
    Killer("mail_messages", MAIL, messages, LIMITED, {"depth": 2_000}, {"depth": 100_000}),
    Killer("mail_parts", MAIL, parts, ("ready: members_left_out",), {"count": 3_000}, {"count": 200_000}),
    Killer("mail_alternatives", MAIL, alternatives, LIMITED, {"depth": 60}, {"depth": 20_000}),
    Killer("mail_headers", MAIL, headers, LIMITED, {"count": 20_000}, {"count": 5_000_000}),
    Killer("mail_recipients", MAIL, recipients, LIMITED, {"count": 20_000}, {"count": 2_000_000}),
    Killer("mail_long_words", MAIL, long_header, LIMITED, SMALL | {"piece": b"=?utf-8?q?a?= "},
           {"megabytes": 16, "piece": b"=?utf-8?q?a?= "}),
    Killer("mail_long_brackets", MAIL, long_header, LIMITED, SMALL | {"piece": b"(<\"'"},
           {"megabytes": 16, "piece": b"(<\"'"}),
    Killer("mail_long_semicolons", MAIL, long_header, LIMITED, SMALL | {"piece": b";a="},
           {"megabytes": 16, "piece": b";a="}),
    Killer("mail_long_bytes", MAIL, long_header, LIMITED, SMALL | {"piece": b"\xff\x00"},
           {"megabytes": 16, "piece": b"\xff\x00"}),
    Killer("mail_folded", MAIL, folded_header, LIMITED, SMALL, LARGE),
    Killer("mail_parameters", MAIL, parameters, LIMITED, {"count": 2_000}, {"count": 200_000}),
    Killer("mail_boundaries", MAIL, boundaries, LIMITED, {"count": 50_000}, {"count": 1_000_000}),
    Killer("mail_base64", MAIL, encoded_body, LIMITED, SMALL | {"form": b"base64"}, LARGE | {"form": b"base64"}),
    Killer("mail_quoted", MAIL, encoded_body, LIMITED, SMALL | {"form": b"quoted-printable"},
           LARGE | {"form": b"quoted-printable"}),
    Killer("mail_uuencoded", MAIL, encoded_body, LIMITED, SMALL | {"form": b"x-uuencode"},
           LARGE | {"form": b"x-uuencode"}),
    Killer("mail_charset_codec", MAIL, charset, READY, {"name": b"bz2_codec"}),
    Killer("mail_charset_long", MAIL, charset, READY, {"name": b"a" * 100_000}),
    Killer("mail_charset_punycode", MAIL, charset, READY, {"name": b"punycode"}),
    Killer("mail_html_line", MAIL, wrapped_html, LIMITED, SMALL, LARGE),
    Killer("mbox_messages", MBOX, mailbox, LIMITED, {"count": 3_000}, {"count": 1_000_000}),
    Killer("mbox_line", MBOX, mailbox_line, LIMITED, SMALL, LARGE),
]  # fmt: skip
