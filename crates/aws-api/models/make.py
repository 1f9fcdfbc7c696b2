"""Makes the service models: botocore's, cut down to what reading needs, one gzip of JSON for each service.

    python3 -m venv /tmp/models && /tmp/models/bin/pip install botocore==1.44.5
    /tmp/models/bin/python crates/aws-api/models/make.py

The same botocore gives the same bytes. ORIGIN.md says what is in the files.
"""

import gzip
import json
import pathlib
import re
import sys

import botocore
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader

from selection import DECODED, DENIED, EXTRA, PREFIXES, RENAMED, SERVICES, WITHHELD

VERSION = "1.44.5"
HERE = pathlib.Path(__file__).parent
TABLE = HERE.parent / "src" / "model" / "table.rs"

READ = re.compile("^(" + "|".join(PREFIXES) + ")(?=[A-Z0-9])")
# In order of choice where a service speaks several. CBOR is not spoken here: each service with it has another.
PROTOCOLS = ["ec2", "json", "rest-json", "rest-xml", "query"]
SCALARS = ["string", "integer", "long", "float", "double", "boolean", "blob", "timestamp"]
# Parameters of the endpoint rules that operations set; those of the operations kept, which all set the same.
STATIC = {"acm": {"ServiceType": "ACM"}}
# Traits of a reference to a shape that say where and how it is written; a reference's own win over its shape's.
TRAITS = {
    "locationName": "n", "location": "l", "flattened": "f", "xmlAttribute": "a", "queryName": "q",
    "timestampFormat": "d", "jsonvalue": "j", "hostLabel": "h", "idempotencyToken": "i",
}


def is_read(service, name):
    if name in DENIED.get(service, []):
        return False
    return bool(READ.match(name)) or name in EXTRA.get(service, [])


class Shapes:
    """Numbers shapes in the order they are met; structures by name, so that recursion ends."""

    def __init__(self, service, raw):
        self.service, self.raw = service, raw
        self.list, self.seen = [], {}

    def number(self, name, is_input):
        shape = self.raw[name]
        kind = shape["type"]
        if kind in ("structure", "list", "map"):
            key = (name, is_input)
        else:
            key = self.scalar(name, shape, is_input)
        return self.place(key, name, shape, is_input)

    def place(self, key, name, shape, is_input):
        if key in self.seen:
            return self.seen[key]
        place = self.seen[key] = len(self.list)
        self.list.append(None)
        self.list[place] = self.cut(name, shape, key, is_input)
        return place

    def scalar(self, name, shape, is_input):
        decoded = DECODED.get(self.service, {}).get(name)
        if decoded and not is_input:
            return decoded
        kind = {"character": "string", "bigdecimal": "string"}.get(shape["type"], shape["type"])
        assert kind in SCALARS, (self.service, name, kind)
        return kind

    def cut(self, name, shape, key, is_input):
        if isinstance(key, str):
            return {"t": key}
        kind = shape["type"]
        if kind == "list":
            return {"t": "list", "e": self.reference(None, shape["member"], is_input)}
        if kind == "map":
            return {
                "t": "map",
                "k": self.reference(None, shape["key"], is_input),
                "e": self.reference(None, shape["value"], is_input),
            }
        if shape.get("document"):
            return {"t": "document"}
        withheld = WITHHELD.get(self.service, {}).get(name, [])
        cut = {"t": "structure"}
        cut["m"] = [
            self.reference(member, reference, is_input, DECODED.get(self.service, {}).get((name, member)))
            for member, reference in shape["members"].items()
            if member not in withheld
        ]
        if is_input and shape.get("required"):
            cut["r"] = sorted(set(shape["required"]) - set(withheld))
        if shape.get("payload"):
            cut["p"] = shape["payload"]
        for place, decoded in DECODED.get(self.service, {}).items():
            if decoded == "root" and place[0] == name:
                cut["p"] = place[1]
        return cut

    def reference(self, member, reference, is_input, decoded=None):
        traits = {}
        shape = self.raw[reference["shape"]]
        for name, short in TRAITS.items():
            value = reference.get(name, shape.get(name))
            if value not in (None, False):
                traits[short] = value
        namespace = reference.get("xmlNamespace", shape.get("xmlNamespace"))
        if is_input and namespace:
            traits["x"] = namespace["uri"] if isinstance(namespace, dict) else namespace
        cut = [member] if member is not None else []
        if decoded:
            cut.append(self.place(decoded, None, None, is_input))
        else:
            cut.append(self.number(reference["shape"], is_input))
        if traits:
            cut.append(traits)
        return cut


def pages(rule):
    def many(value):
        return value if isinstance(value, list) else [value]

    cut = {"in": many(rule["input_token"]), "out": many(rule["output_token"]), "keys": many(rule["result_key"])}
    if rule.get("more_results"):
        cut["more"] = rule["more_results"]
    if rule.get("non_aggregate_keys"):
        cut["once"] = rule["non_aggregate_keys"]
    assert len(cut["in"]) == len(cut["out"]), rule
    return cut


def has_stream(raw, operation):
    for side in ("input", "output"):
        shape = raw["shapes"].get(operation.get(side, {}).get("shape"), {})
        for reference in shape.get("members", {}).values():
            if raw["shapes"][reference["shape"]].get("eventstream"):
                return True
    return False


def elsewhere(service, operation):
    """Whether it lives at another host than the service's other operations."""
    usual, own = STATIC.get(service, {}), operation.get("staticContextParams", {})
    return any(own.get(name, {}).get("value") != value for name, value in usual.items())


def operations(service, raw, rules, shapes):
    kept = {}
    for name, operation in sorted(raw["operations"].items()):
        if not is_read(service, name) or has_stream(raw, operation) or elsewhere(service, operation):
            continue
        cut = {}
        http = operation["http"]
        if http.get("method", "POST") != "POST":
            cut["m"] = http["method"]
        uri = http.get("requestUri", "/")
        if service == "s3":
            # The bucket goes into the host or the path later.
            uri = uri.replace("/{Bucket}", "", 1)
            uri = uri if uri.startswith("/") else "/" + uri
        if uri != "/":
            cut["u"] = uri
        for side, short in (("input", "i"), ("output", "o")):
            if side in operation:
                cut[short] = shapes.number(operation[side]["shape"], side == "input")
                if side == "output" and "resultWrapper" in operation["output"]:
                    cut["w"] = operation["output"]["resultWrapper"]
                if side == "input" and "locationName" in operation["input"]:
                    namespace = operation["input"].get("xmlNamespace", {}).get("uri")
                    cut["root"] = [operation["input"]["locationName"], namespace]
        prefix = operation.get("endpoint", {}).get("hostPrefix")
        if prefix:
            cut["h"] = prefix
        if name in rules:
            cut["p"] = pages(rules[name])
        kept[name] = cut
    return kept


def endpoint_of(provider, region, partition, service):
    parameters = {"Region": region, "UseFIPS": False, "UseDualStack": False}
    if service == "s3control":
        parameters.update(RequiresAccountId=True, AccountId="123456789012")
    parameters.update(STATIC.get(service, {}))
    found = provider.resolve_endpoint(**parameters)
    host = found.url.removeprefix("https://").rstrip("/").removeprefix("123456789012.")
    assert "/" not in host and ":" not in host, found.url
    scheme = (found.properties.get("authSchemes") or [{}])[0]
    return host, scheme.get("signingRegion", region), scheme.get("signingName")


def endpoints(service, loader, metadata):
    rules = loader.load_service_model(service, "endpoint-rule-set-1")
    provider = EndpointProvider(rules, loader.load_data("partitions"))
    names = set()
    result = {}
    for partition in loader.load_data("endpoints")["partitions"]:
        found = {}
        for region in sorted(partition["regions"]):
            host, signing, name = endpoint_of(provider, region, partition, service)
            found[region] = (host.replace(region, "{region}"), "{region}" if signing == region else signing)
            names.add(name)
        # What most regions do is the rule; a region of the partition that is not known yet follows it.
        counts = {}
        for value in found.values():
            counts[value] = counts.get(value, 0) + 1
        usual = max(sorted(counts), key=lambda value: (counts[value], value))
        if "{region}" not in usual[0] and usual[1] == "{region}":
            usual = max(sorted(counts), key=lambda value: counts[value])
        cut = [usual[0], usual[1]]
        others = {region: list(value) for region, value in found.items() if value != usual}
        # A global service: the one region that differs only in how its signing region is written is no exception.
        others = {
            region: value
            for region, value in others.items()
            if [part.replace("{region}", region) for part in value] != [part.replace("{region}", region) for part in usual]
        }
        if others:
            cut.append(others)
        result[partition["partition"]] = cut
    names.discard(None)
    assert len(names) <= 1, (service, names)
    return result, names.pop() if names else None


def model(service, loader):
    raw = loader.load_service_model(service, "service-2")
    try:
        rules = loader.load_service_model(service, "paginators-1")["pagination"]
    except botocore.exceptions.UnknownServiceError:
        rules = {}
    metadata = raw["metadata"]
    speaks = metadata.get("protocols", [metadata["protocol"]])
    protocol = next(name for name in PROTOCOLS if name in speaks)
    hosts, signing = endpoints(service, loader, metadata)
    for word in DENIED.get(service, []) + EXTRA.get(service, []):
        assert word in raw["operations"], (service, word)
    for name, members in WITHHELD.get(service, {}).items():
        assert all(member in raw["shapes"][name]["members"] for member in members), (service, name)
    shapes = Shapes(service, raw["shapes"])
    cut = {
        "protocol": protocol,
        "version": metadata["apiVersion"],
        "signing": signing or metadata.get("signingName", metadata["endpointPrefix"]),
        "endpoints": hosts,
    }
    if protocol == "json":
        cut["target"], cut["json"] = metadata["targetPrefix"], metadata["jsonVersion"]
    if "awsQueryCompatible" in metadata:
        cut["query_codes"] = True
    cut["operations"] = operations(service, raw, rules, shapes)
    cut["shapes"] = shapes.list
    return cut


def main():
    if botocore.__version__ != VERSION:
        sys.exit(f"this needs botocore {VERSION}, not {botocore.__version__}: change VERSION here and in ORIGIN.md")
    loader = Loader(extra_search_paths=[str(pathlib.Path(botocore.__file__).parent / "data")])
    folder = HERE / "services"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.json.gz"):
        old.unlink()
    names, count, plain, packed = [], 0, 0, 0
    for service in SERVICES:
        cut = model(service, loader)
        name = RENAMED.get(service, service)
        names.append(name)
        text = json.dumps(cut, separators=(",", ":"), ensure_ascii=True).encode()
        data = gzip.compress(text, 9, mtime=0)
        (folder / f"{name}.json.gz").write_bytes(data)
        count, plain, packed = count + len(cut["operations"]), plain + len(text), packed + len(data)
    lines = [
        "//! The service models by the AWS CLI's names; made by models/make.py.",
        "",
        "/// Name and compressed model, sorted by name.",
        "pub(super) const SERVICES: &[(&str, &[u8])] = &[",
    ]
    for name in sorted(names):
        lines.append(f'    ("{name}", include_bytes!("../../models/services/{name}.json.gz")),')
    lines.append("];")
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(lines) + "\n")
    print(f"{len(names)} services, {count} operations, {plain} bytes, {packed} compressed")


if __name__ == "__main__":
    main()
