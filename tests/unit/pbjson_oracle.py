"""Does pbjson agree with Google's own google.protobuf.json_format?

    pbjson_oracle.py DRIVER DESCRIPTORS

DRIVER is pbjson_driver, DESCRIPTORS a FileDescriptorSet of all .proto files and what they import. Messages of every type are
made from a fixed seed, written as JSON in several spellings, sent through the driver, and compared with what Python makes of
the same text, as bytes and as JSON. Then the same for JSON that both must refuse, and for JSON with random damage: what the
driver accepts, Python must accept too, with the same meaning.
"""

import base64
import inspect
import json
import random
import re
import subprocess
import sys

try:
    from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
except ImportError:
    sys.exit("This test needs Python's protobuf: apt-get install python3-protobuf")

SEED = 20261123
MESSAGES_PER_TYPE = 15
MESSAGES_OF_PROBE = 200
DAMAGED = 4000
DEPTH_MAX = 3
PROBE = "probe.v1.Probe"
TIMESTAMP = "google.protobuf.Timestamp"

STRINGS = ["", "a", "Ọjà", "🇰🇪 flag", '"\\/\b\f\n\r\t', "\x01\x1f\x7f", "é" * 60, "</script>", "\u2028\u2029", "null", "0", "\uffff"]
BYTES = [b"", b"\0", b"\xfb\xff", b"a", b"ab", bytes(range(256))]
SECONDS = [-62135596800, -62135596799, -1, 0, 1, 951825600, 1795466198, 253402300799]
NANOS = [0, 0, 500_000_000, 123_000_000, 123_456_000, 1_000, 999_999_000]
WHOLE = {   # by the type numbers of descriptor.proto
    **dict.fromkeys(["INT32", "SINT32", "SFIXED32"], (-2**31, 2**31 - 1)),
    **dict.fromkeys(["INT64", "SINT64", "SFIXED64"], (-2**63, 2**63 - 1)),
    **dict.fromkeys(["UINT32", "FIXED32"], (0, 2**32 - 1)),
    **dict.fromkeys(["UINT64", "FIXED64"], (0, 2**64 - 1)),
}

# JSON of a probe that is right, though not as pbjson would write it.
ACCEPTED = [
    "{}", " { } ", "{\"anInt32\":1.0}", "{\"anInt32\":1e2}", "{\"anInt64\":-1.5e1}", "{\"aUint64\":\"18446744073709551615\"}",
    "{\"anInt64\":\"-9223372036854775808\"}", "{\"aUint32\":\"0\"}", "{\"anInt32\":-0}", "{\"anInt32\":\"-0\"}",
    "{\"an_int32\":5}", "{\"_odd__name_1x\":\"a\"}", "{\"OddName1x\":\"a\"}", "{\"colour\":2}", "{\"colour\":\"2\"}", "{\"colour\":-1}",
    "{\"colour\":1234}", "{\"colours\":[\"RED\",0,99]}", "{\"at\":\"2026-01-01T03:00:00+03:00\"}", "{\"at\":\"2026-01-01T00:00:00-11:30\"}",
    "{\"at\":\"2026-01-01T00:00:00.5Z\"}", "{\"at\":\"2026-01-01T00:00:00.123400Z\"}", "{\"at\":\"1970-01-01T00:00:00Z\"}",
    "{\"someBytes\":\"-_8=\"}", "{\"someBytes\":\"-_8\"}", "{\"someBytes\":\"+/8=\"}", "{\"someBytes\":\"\"}", "{\"number\":0}", "{\"word\":\"\"}",
    "{\"probe\":{}}", "{\"inner\":{}}", "{\"inners\":[{},{}]}", "{\"strings\":[\"\",\"\"]}", "{\"aString\":\"\\u00e9\\ud83c\\uddf0\"}",
    "{\"anInt32\":null,\"aString\":null,\"inner\":null,\"strings\":null,\"at\":null,\"colour\":null,\"someBytes\":null,\"aBool\":null}",
    "{\"word\":\"a\",\"number\":null}", "{\"word\":null,\"number\":1}",
]

# JSON of a probe that both must refuse.
REFUSED = [
    "{", "}", "null", "1", "\"a\"", "{\"anInt32\":1,}", "{anInt32:1}", "{'anInt32':1}", "{}{}", "{} x", "// {}", "{\"aString\":\"\t\"}",
    "{\"anInt32\":01}", "{\"anInt32\":+1}", "{\"anInt32\":.5}", "{\"anInt32\":1.5}", "{\"anInt32\":\"\"}", "{\"anInt32\":\"x\"}", "{\"anInt32\":\"1 \"}",
    "{\"anInt32\":\"1.5\"}", "{\"anInt32\":true}", "{\"anInt32\":[]}", "{\"anInt32\":{}}", "{\"anInt32\":2147483648}", "{\"anInt32\":-2147483649}",
    "{\"anInt32\":NaN}", "{\"anInt32\":Infinity}", "{\"anInt64\":9223372036854775808}", "{\"anInt64\":\"9223372036854775808\"}",
    "{\"anInt64\":1e19}", "{\"aUint32\":-1}", "{\"aUint32\":4294967296}", "{\"aUint64\":-1}", "{\"aUint64\":18446744073709551616}", "{\"aUint64\":1e999}",
    "{\"aBool\":1}", "{\"aBool\":\"true\"}", "{\"aBool\":0}", "{\"aString\":1}", "{\"aString\":true}", "{\"aString\":[\"a\"]}", "{\"someBytes\":\"Z\"}",
    "{\"colour\":\"GREEN\"}", "{\"colour\":\"red\"}", "{\"colour\":\"\"}", "{\"at\":\"\"}", "{\"at\":\"2026-01-01\"}", "{\"at\":\"2026-13-01T00:00:00Z\"}",
    "{\"at\":\"2026-02-29T00:00:00Z\"}", "{\"at\":\"2026-01-01T25:00:00Z\"}", "{\"at\":\"2026-01-01T00:00:00\"}", "{\"at\":1}", "{\"at\":{}}",
    "{\"inner\":1}", "{\"inner\":\"a\"}", "{\"strings\":\"a\"}", "{\"strings\":{}}", "{\"strings\":[null]}", "{\"strings\":[[]]}", "{\"inners\":[null]}",
    "{\"inners\":[1]}", "{\"what\":1}", "{\"AnInt32\":1}", "{\"inner\":{\"what\":1}}", "{\"anInt32\":1,\"anInt32\":1}",
    "{\"word\":\"a\",\"number\":1}", "{\"aString\":\"\\ud800\"}", "{\"aString\":\"\\x\"}", b"{\"aString\":\"\xc3\x28\"}", b"{\"aString\":\"\xff\"}",
    b"\xef\xbb\xbf{}", b"{\"aString\":\"\0\"}", b"{}\0",
    b"{\"anInt32\":1\0}",
]


class Failure(Exception):
    pass


class Maker:
    """Random messages with a leaning to the edges."""

    def __init__(self, rng):
        self.rng = rng

    def scalar(self, field):
        kind = descriptor_pb2.FieldDescriptorProto.Type.Name(field.type)[len("TYPE_"):]
        if kind in WHOLE:
            low, high = WHOLE[kind]
            return self.rng.choice([low, high, 0, 1, self.rng.randint(low, high), self.rng.randint(low, high) // 2**20])
        if kind == "BOOL":
            return self.rng.random() < 0.5
        if kind == "STRING":
            return self.rng.choice(STRINGS)
        if kind == "BYTES":
            return self.rng.choice(BYTES)
        if kind == "ENUM":
            return self.rng.choice([value.number for value in field.enum_type.values] + [99, -77])
        raise Failure(f"{field.full_name} is a {kind}, which pbjson does not know")

    def fill(self, message, depth=0):
        if message.DESCRIPTOR.full_name == TIMESTAMP:
            message.seconds, message.nanos = self.rng.choice(SECONDS), self.rng.choice(NANOS)
            return message
        for field in message.DESCRIPTOR.fields:
            if self.rng.random() < (0.3 if message.DESCRIPTOR.full_name == PROBE else 0.75):
                self.fill_field(message, field, depth)
        return message

    def fill_field(self, message, field, depth):
        is_message = field.message_type is not None
        if is_message and depth == DEPTH_MAX and field.message_type.full_name != TIMESTAMP:
            return
        if field.label == field.LABEL_REPEATED:
            for _ in range(self.rng.choice([0, 1, 2, 5])):
                if is_message:
                    self.fill(getattr(message, field.name).add(), depth + 1)
                else:
                    getattr(message, field.name).append(self.scalar(field))
        elif is_message:
            getattr(message, field.name).SetInParent()
            self.fill(getattr(message, field.name), depth + 1)
        else:
            setattr(message, field.name, self.scalar(field))


def defaults_option():
    """The name of the option changed in protobuf 5."""
    known = inspect.signature(json_format.MessageToDict).parameters
    old = "including_default_value_fields"
    return {old if old in known else "always_print_fields_with_no_presence": True}


DEFAULTS = defaults_option()


def numbers_for_strings(value):
    """64-bit integers as JSON numbers, where jansson can hold them."""
    if isinstance(value, dict):
        return {key: numbers_for_strings(each) for key, each in value.items()}
    if isinstance(value, list):
        return [numbers_for_strings(each) for each in value]
    if isinstance(value, str) and re.fullmatch(r"-?[1-9][0-9]{0,18}", value) and -2**63 <= int(value) < 2**63:
        return int(value)
    return value


def spellings(message, rng):
    """The same message as JSON texts that differ."""
    plain = json_format.MessageToDict(message)
    full = json_format.MessageToDict(message, **DEFAULTS)
    yield json.dumps(plain)
    yield json.dumps(full, ensure_ascii=False)
    yield json.dumps(json_format.MessageToDict(message, preserving_proto_field_name=True), indent=rng.choice([None, 1])).replace("\n", " ")
    yield json.dumps(json_format.MessageToDict(message, use_integers_for_enums=True), separators=(",", ":"))
    shuffled = list(full.items())
    rng.shuffle(shuffled)
    yield json.dumps(dict(shuffled))


def has_digit_strings(message):
    """Whether a string field looks like a number, so that numbers_for_strings() would change its type."""
    return any(re.search(r'"(?:0|-?[1-9][0-9]*)"', json.dumps(text)) for text in strings_of(message))


def strings_of(message):
    for field, value in message.ListFields():
        values = value if field.label == field.LABEL_REPEATED else [value]
        for each in values:
            if field.message_type is not None:
                yield from strings_of(each)
            elif field.type == field.TYPE_STRING:
                yield each


def reject_duplicates(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("duplicate member")
    return dict(pairs)


class Oracle:
    def __init__(self, driver, descriptors):
        with open(descriptors, "rb") as file:
            files = descriptor_pb2.FileDescriptorSet.FromString(file.read()).file
        self.pool = descriptor_pool.DescriptorPool()
        for each in files:
            self.pool.Add(each)
        self.driver = driver
        self.names = [name for file in files if not file.package.startswith("google.")
                      for top in file.message_type for name in self.nested(file.package, top)]

    def nested(self, package, message):
        name = f"{package}.{message.name}"
        yield name
        for inner in message.nested_type:
            yield from self.nested(name, inner)

    def new(self, name):
        descriptor = self.pool.FindMessageTypeByName(name)
        if hasattr(message_factory, "GetMessageClass"):
            return message_factory.GetMessageClass(descriptor)()
        return message_factory.MessageFactory(self.pool).GetPrototype(descriptor)()

    def ask(self, questions):
        """[(name, JSON as bytes)] -> [[ok, base64, JSON] or [error, field as JSON, code]]"""
        lines = b"".join(name.encode() + b"\t" + text + b"\n" for name, text in questions)
        run = subprocess.run([self.driver], input=lines, stdout=subprocess.PIPE, check=True)
        answers = [line.split(b"\t", 2) for line in run.stdout.split(b"\n")[:-1]]
        if len(answers) != len(questions):
            raise Failure(f"{len(questions)} questions, {len(answers)} answers")
        return answers

    def parse(self, name, text):
        """Python's reading of the text, or None when it refuses."""
        try:
            return json_format.Parse(text.decode("utf-8"), self.new(name))
        except (json_format.ParseError, ValueError, TypeError, OverflowError, RecursionError):
            return None

    def compare(self, name, text, answer):
        expected = self.parse(name, text)
        if expected is None:
            raise Failure(f"{name}: accepted, but Python refuses\n  {text}")
        if answer[0] != b"ok":
            raise Failure(f"{name}: refused with {answer[1:]}, but Python accepts\n  {text}")
        packed = base64.b64decode(answer[1])
        if packed != expected.SerializeToString(deterministic=True):
            raise Failure(f"{name}: packed otherwise\n  {text}\n  {packed}\n  {expected.SerializeToString(deterministic=True)}")
        written = json.loads(answer[2], object_pairs_hook=reject_duplicates)
        if written != json_format.MessageToDict(expected, **DEFAULTS):
            raise Failure(f"{name}: written otherwise\n  {answer[2]}\n  {json.dumps(json_format.MessageToDict(expected, **DEFAULTS))}")
        if self.parse(name, answer[2]) != expected:
            raise Failure(f"{name}: what was written does not come back\n  {answer[2]}")


def questions_from_messages(oracle, rng):
    maker = Maker(rng)
    questions = []
    for name in oracle.names:
        for _ in range(MESSAGES_OF_PROBE if name == PROBE else MESSAGES_PER_TYPE):
            message = maker.fill(oracle.new(name))
            texts = list(spellings(message, rng))
            if not has_digit_strings(message):
                texts.append(json.dumps(numbers_for_strings(json_format.MessageToDict(message))))
            questions += [(name, text.encode("utf-8")) for text in texts]
    return questions


def damage(text, rng):
    """One to three bytes changed, dropped or doubled."""
    text = bytearray(text)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(text))
        kind = rng.randrange(3)
        if kind == 0:
            text[at] = rng.choice(b"{}[]\",:\\0123456789-+.eEtTfnZ_ u\xc3\xff\x00\x7f")
        elif kind == 1 and len(text) > 1:
            del text[at]
        else:
            text.insert(at, text[at])
    return bytes(text).replace(b"\n", b" ")


# Where pbjson is knowingly more generous: RFC 3339 allows small t and z; and times are kept to the microsecond.
GENEROUS = re.compile(rb"\dt\d\d:\d\d|:\d\d(\.\d+)?z|:\d\d\.\d{7}")


def check_messages(oracle, rng):
    questions = questions_from_messages(oracle, rng)
    for (name, text), answer in zip(questions, oracle.ask(questions)):
        oracle.compare(name, text, answer)
    return questions


def check_accepted(oracle):
    questions = [(PROBE, text.encode()) for text in ACCEPTED]
    for (name, text), answer in zip(questions, oracle.ask(questions)):
        oracle.compare(name, text, answer)


def check_refused(oracle):
    questions = [(PROBE, text if isinstance(text, bytes) else text.encode()) for text in REFUSED]
    for (name, text), answer in zip(questions, oracle.ask(questions)):
        if oracle.parse(name, text) is not None:
            raise Failure(f"Python accepts {text}: it does not belong on the list")
        if answer[0] != b"error":
            raise Failure(f"accepted: {text}")


def check_damaged(oracle, questions, rng):
    damaged = [(name, damage(text, rng)) for name, text in rng.choices(questions, k=DAMAGED)]
    accepted = 0
    for (name, text), answer in zip(damaged, oracle.ask(damaged)):
        if answer[0] == b"ok" and not GENEROUS.search(text):
            oracle.compare(name, text, answer)
            accepted += 1
    return accepted


def main():
    oracle = Oracle(sys.argv[1], sys.argv[2])
    rng = random.Random(SEED)
    questions = check_messages(oracle, rng)
    check_accepted(oracle)
    check_refused(oracle)
    accepted = check_damaged(oracle, questions, rng)
    print(f"{len(oracle.names)} types, {len(questions)} texts, {len(ACCEPTED)} accepted and {len(REFUSED)} refused by hand; "
          f"of {DAMAGED} damaged texts {accepted} were still accepted. All agree.")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(str(failure))
