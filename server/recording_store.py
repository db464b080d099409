"""The store of recordings, as the settings have it."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from config import Settings
from recorder.directory_store import DirectoryStore
from recorder.store import RecordingStore


def recording_store(settings: Settings) -> RecordingStore | None:
    """`None`: recordings stay in the data directory. The S3 client is imported only where there is a bucket."""
    if not settings.recording_store:
        return None
    parts = urlsplit(settings.recording_store)
    if parts.scheme == "file":
        return DirectoryStore(Path(unquote(parts.path)))
    from recorder.s3_store import S3Options, S3RecordingStore

    return S3RecordingStore(
        S3Options(
            bucket=parts.netloc,
            prefix=parts.path,
            endpoint=settings.recording_store_endpoint,
            region=settings.recording_store_region,
            key_id=settings.recording_store_key,
            secret=settings.recording_store_secret,
        )
    )


def media_origins(settings: Settings) -> tuple[str, ...]:
    """Where pages may play from besides this server: a policy of content is asked about redirects, too."""
    if not settings.recording_store.startswith("s3:") or not settings.recording_store_redirect:
        return ()
    if settings.recording_store_endpoint:
        return (settings.recording_store_endpoint.rstrip("/"),)
    bucket, region = urlsplit(settings.recording_store).netloc, settings.recording_store_region
    return (f"https://s3.{region}.amazonaws.com", f"https://{bucket}.s3.{region}.amazonaws.com")
