"""The SDK's data in the layer is cut down to what the functions call, and clients behave as with all of it."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from botocore.loaders import Loader

from infra.sdk_data import AWS_SERVICES, endpoints_of, trim_sdk_data, without_documentation

DATA = Path(botocore.__file__).parent / "data"
REGIONS = ("eu-west-1", "eu-west-3", "us-gov-west-1", "cn-north-1")


@pytest.fixture
def trimmed(layer: Path) -> Loader:
    """A loader that knows the layer's data and nothing else."""
    return Loader(extra_search_paths=[str(layer / "botocore" / "data")], include_default_search_paths=False)


def session_with(loader: Loader) -> Any:
    session = botocore.session.Session()
    session.register_component("data_loader", loader)
    return session


@pytest.mark.parametrize("service", sorted(AWS_SERVICES))
def test_a_client_of_the_layer_has_the_same_operations_and_goes_to_the_same_place(
    service: str, trimmed: Loader
) -> None:
    for region in REGIONS:
        ours, theirs = (
            session_with(loader).create_client(
                service, region_name=region, aws_access_key_id="a", aws_secret_access_key="b"
            )
            for loader in (trimmed, Loader())
        )
        assert ours.meta.endpoint_url == theirs.meta.endpoint_url
        assert ours.meta.service_model.operation_names == theirs.meta.service_model.operation_names


def shapes_of(model: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(model, dict):
        for key, value in model.items():
            if key == "members":
                found |= set(value)
            found |= shapes_of(value)
    return found


@pytest.mark.parametrize("service", sorted(AWS_SERVICES))
def test_no_shape_and_no_member_goes_with_the_prose(service: str) -> None:
    for path in DATA.glob(f"{service}/*/service-2.json.gz"):
        model = json.loads(gzip.decompress(path.read_bytes()))
        bare = without_documentation(model)
        assert list(bare["shapes"]) == list(model["shapes"])
        assert shapes_of(bare) == shapes_of(model)
        assert len(json.dumps(bare)) < len(json.dumps(model)) / 2


def test_a_member_that_is_called_documentation_stays() -> None:
    member = {"shape": "Text", "documentation": "Prose."}
    model = {"operations": {}, "shapes": {"documentation": {"members": {"documentation": member}}}}
    assert without_documentation(model)["shapes"] == {
        "documentation": {"members": {"documentation": {"shape": "Text"}}}
    }


def test_every_partition_and_region_stays_in_the_table_of_endpoints() -> None:
    table = json.loads((DATA / "endpoints.json").read_text())
    cut = endpoints_of(AWS_SERVICES, table)
    assert [each["regions"] for each in cut["partitions"]] == [each["regions"] for each in table["partitions"]]
    assert {name for each in cut["partitions"] for name in each["services"]} == AWS_SERVICES


def test_a_file_that_an_installer_linked_to_its_cache_is_left_as_it_is(tmp_path: Path) -> None:
    cached = tmp_path / "cache.json"
    cached.write_text('{"partitions": [{"services": {"ec2": {}, "sqs": {}}}]}')
    data = tmp_path / "packages" / "botocore" / "data"
    data.mkdir(parents=True)
    os.link(cached, data / "endpoints.json")
    trim_sdk_data(tmp_path / "packages")
    assert "ec2" not in (data / "endpoints.json").read_text()
    assert "ec2" in cached.read_text(), "every environment of the machine has lost its endpoints"
