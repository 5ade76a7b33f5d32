"""Every parse of an untrusted file happens in a child process that can be killed.

worker thread ── Reader ──(socket: request, file, pipe)──▶ zygote ──fork──▶ child: limits, then the reader
      ▲                                                                       │
      └──────────────── frames through the pipe, capped and checked ──────────┘
"""
