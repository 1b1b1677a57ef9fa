"""The log: one line an event on standard error, readable on a terminal, JSON elsewhere."""

from __future__ import annotations

import logging
import sys

import structlog

CLOSED_TAB = "Attempting to send delta to disconnected client"


def configure_logs(*, quiet: bool = False) -> None:
    """Sets the log up for this process; `quiet` leaves out what is only information."""
    level = logging.WARNING if quiet else logging.INFO
    human = sys.stderr.isatty()
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if human
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if human else [structlog.processors.format_exc_info]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("reflex.app").addFilter(_worth_a_line)


def _worth_a_line(record: logging.LogRecord) -> bool:
    """False for what Reflex says whenever somebody closes a tab or goes to another page while it is filled."""
    return not record.getMessage().startswith(CLOSED_TAB)
