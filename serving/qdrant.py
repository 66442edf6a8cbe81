"""The Qdrant server that the settings name, if they name one."""

from typing import TYPE_CHECKING

from serving.settings import Settings

if TYPE_CHECKING:  # a tenth of a gigabyte that only those with a server need
    from qdrant_client import QdrantClient


def server(settings: Settings) -> "QdrantClient | None":
    """A client of the server; None: the engine in this process."""
    if not settings.qdrant_url:
        return None
    from qdrant_client import QdrantClient

    key = settings.qdrant_api_key
    return QdrantClient(url=settings.qdrant_url, api_key=key.get_secret_value() if key else None)
