"""Clients of object stores by URL, configured by the usual environment of each cloud.

    s3://BUCKET/...     AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL;
                        roles of EC2, ECS and EKS; the profiles of ~/.aws with the extra `s3`
    gs://BUCKET/...     GOOGLE_APPLICATION_CREDENTIALS, the application default credentials, the metadata server;
                        STORAGE_EMULATOR_HOST
    az://CONTAINER/...  AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY, a
                        SAS token, a service principal, a managed identity or the Azure CLI

obstore (Rust's object_store) does the requests: the only library that has conditional writes, listing and retries for
all three in one wheel. What it doesn't read itself is added here.
"""

import importlib.util
import json
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store

if TYPE_CHECKING:
    from obstore.store import ClientConfig  # not there at run time

# Azure's own emulator has one account, which is the same everywhere.
_EMULATOR = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
_ENVIRONMENT = Mapping[str, str]


class ObjectStoreError(ValueError):
    """A URL or the environment doesn't say how to access an object store; `str(error)` says what to set."""


@lru_cache(maxsize=256)
def object_client(scheme: str, bucket: str) -> ObjectStore:
    """Return this process's client of a bucket; the environment is read once for each bucket.

    Args:
        scheme: A key of `CLIENTS`.
        bucket: The bucket, or Azure's container.

    Raises:
        ObjectStoreError: The environment doesn't say how to access it.
    """
    try:
        return CLIENTS[scheme](bucket, os.environ)
    except ObjectStoreError:
        raise
    except Exception as error:
        raise ObjectStoreError(f"{scheme}://{bucket}: {one_line(error)}; {HINTS[scheme]}") from error


def one_line(error: BaseException) -> str:
    """Return the message of an error of obstore without what is for its developers, in one line."""
    return " ".join(str(error).partition("Debug source:")[0].split()) or type(error).__name__


def _s3(bucket: str, environment: _ENVIRONMENT) -> ObjectStore:
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL") or ""
    options: dict[str, Any] = {"endpoint": endpoint.rstrip("/")} if endpoint else {}
    # Variables before profiles, as in the AWS command line.
    if not _aws_variables(environment) and _aws_profile(environment):
        options |= _from_profile(environment)
    elif region := environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"):
        options["region"] = region
    return S3Store(bucket, client_options=_client_options(endpoint), **options)


def _aws_variables(environment: _ENVIRONMENT) -> bool:
    names = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    return any(environment.get(name) for name in (*names, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_SKIP_SIGNATURE"))


def _aws_profile(environment: _ENVIRONMENT) -> bool:
    credentials = Path(environment.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")).expanduser()
    config = Path(environment.get("AWS_CONFIG_FILE", "~/.aws/config")).expanduser()
    return bool(environment.get("AWS_PROFILE")) or credentials.is_file() or config.is_file()


def _from_profile(environment: _ENVIRONMENT) -> dict[str, Any]:
    """Return options for what the AWS command line uses: profiles, single sign-on, assumed roles."""
    if not importlib.util.find_spec("boto3"):
        raise ObjectStoreError(
            "credentials in ~/.aws need a package that is not installed: pip install 'newsbeam[s3]', "
            "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    from boto3 import Session
    from obstore.auth.boto3 import Boto3CredentialProvider

    session = Session()
    provider = {"credential_provider": Boto3CredentialProvider(session)} if session.get_credentials() else {}
    return {**provider, "region": session.region_name or "us-east-1"}


def _gs(bucket: str, environment: _ENVIRONMENT) -> ObjectStore:
    emulator = environment.get("STORAGE_EMULATOR_HOST", "")
    if not emulator:
        return GCSStore(bucket)
    url = emulator.rstrip("/") if "://" in emulator else f"http://{emulator}"
    # object_store takes the address of another server from a service account's key, and from nowhere else.
    key = {"gcs_base_url": url, "disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""}
    return GCSStore(bucket, service_account_key=json.dumps(key), client_options=_client_options(url))


def _az(container: str, environment: _ENVIRONMENT) -> ObjectStore:
    if text := environment.get("AZURE_STORAGE_CONNECTION_STRING", ""):
        options = _from_connection_string(text)
    else:
        # The names that Azure's own tools use, beside those that obstore reads itself.
        names = {"account_name": "AZURE_STORAGE_ACCOUNT", "account_key": "AZURE_STORAGE_KEY"}
        options = {option: environment[name] for option, name in names.items() if environment.get(name)}
        if not options.get("account_name") and not environment.get("AZURE_STORAGE_ACCOUNT_NAME"):
            raise ObjectStoreError(f"az://{container}: no storage account; {HINTS['az']}")
    return AzureStore(container, client_options=_client_options(options.get("endpoint", "")), **options)  # type: ignore[arg-type]


def _from_connection_string(text: str) -> dict[str, str]:
    """Return the options that a connection string of Azure Storage stands for (Configure connection strings)."""
    parts = dict(part.strip().split("=", 1) for part in text.split(";") if "=" in part)
    if parts.get("UseDevelopmentStorage", "").lower() == "true":
        return _from_connection_string(_EMULATOR)
    suffix, protocol = parts.get("EndpointSuffix", "core.windows.net"), parts.get("DefaultEndpointsProtocol", "https")
    options = {
        "account_name": parts.get("AccountName", ""),
        "account_key": parts.get("AccountKey", ""),
        "sas_key": parts.get("SharedAccessSignature", ""),
        "endpoint": parts.get("BlobEndpoint") or f"{protocol}://{parts.get('AccountName', '')}.blob.{suffix}",
    }
    if not options["account_name"]:
        raise ObjectStoreError("AZURE_STORAGE_CONNECTION_STRING has no AccountName")
    return {name: value.rstrip("/") for name, value in options.items() if value}


def _client_options(endpoint: str) -> "ClientConfig":
    # Only where the endpoint itself is http: credentials never go over it by accident.
    return {"allow_http": endpoint.startswith("http://")}


CLIENTS: dict[str, Callable[[str, _ENVIRONMENT], ObjectStore]] = {"s3": _s3, "gs": _gs, "az": _az}
"""From the scheme of a URL to what makes a client from a bucket and the environment."""

HINTS = {
    "s3": "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION; for another server, AWS_ENDPOINT_URL too",
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS to a key file, or run: gcloud auth application-default login",
    "az": "set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}
"""What to do about missing or wrong credentials, by scheme."""
