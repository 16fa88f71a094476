#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Renders the chat templates of tests/data/templates with jinja2 as Hugging Face sets it up, and writes the goldens.

    pip install jinja2==3.1.6 && tools/golden/make_templates.py

chat/NAME.jinja are written for this test; they yield prompts of the kind that SmolLM2, Llama 3, GLM-4 and Mistral
want. chats.json: each of them with each conversation, with tools and without. cases.json: one small template a
feature of the language. An "error" instead of a "text" says that jinja2 refuses too.
"""
import datetime
import json
import pathlib

import jinja2
import jinja2.sandbox
from jinja2.ext import Extension, loopcontrols

from template_cases import CASES, VARIABLES

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "data" / "templates"
NOW = datetime.datetime(2026, 7, 4, 13, 5)
TOKENS = dict(bos_token="<s>", eos_token="</s>")
WEATHER = {"type": "function", "function": {
    "name": "weather", "description": "The \"weather\" of a city, in °C", "parameters": {
        "type": "object", "required": ["city"], "properties": {
            "city": {"type": "string", "description": "the city's name"}, "unit": {"type": "string", "enum": ["c", "f"]},
            "days": {"type": "integer", "default": 3, "minimum": 0.5}}}}}
PING = {"type": "function", "function": {"name": "ping", "description": "", "parameters": {
    "type": "object", "properties": {}}, "return": None}}


def call(index, name, **arguments):
    return {"id": f"call0000{index}", "type": "function", "function": {"name": name, "arguments": arguments}}


CONVERSATIONS = [
    [{"role": "user", "content": "Hello"}],
    [{"role": "system", "content": " Be brief. \n"}, {"role": "user", "content": " What is 7 × 8?\n"},
     {"role": "assistant", "content": " 56 "}, {"role": "user", "content": "And in 'words'?"}],
    [{"role": "user", "content": "Rain?"},
     {"role": "assistant", "content": "", "tool_calls": [call(1, "weather", city="Zürich", days=[1, 2.5, None, True])]},
     {"role": "tool", "name": "weather", "tool_call_id": "call00001", "content": "{\"t\": 21.5}"},
     {"role": "assistant", "content": "No."}, {"role": "user", "content": "Thanks"}],
    [{"role": "user", "content": "Both"},
     {"role": "assistant", "content": None, "tool_calls": [call(1, "weather", city="Rome"), call(2, "ping")]},
     {"role": "tool", "name": "weather", "tool_call_id": "call00001", "content": "sun"},
     {"role": "tool", "name": "ping", "tool_call_id": "call00002", "content": "pong"}],
    [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nBecause."},
     {"role": "user", "content": "Oh"}],
    [{"role": "assistant", "content": "I begin."}, {"role": "user", "content": "No"}],
]


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("text"), [], [], body).set_lineno(line)

    def text(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    out = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                                       extensions=[Generation, loopcontrols])
    out.filters["tojson"] = tojson
    out.globals.update(raise_exception=raise_exception, strftime_now=NOW.strftime)
    return out


def rendered(source, variables):
    try:
        return {"text": environment().from_string(source).render(**variables)}
    except Exception as error:  # whatever jinja2 and Python raise: the template is refused
        return {"error": f"{type(error).__name__}: {error}"}


def chats():
    for path in sorted((OUT / "chat").glob("*.jinja")):
        source = path.read_bytes().decode("utf-8")
        for conversation, messages in enumerate(CONVERSATIONS):
            for tools in (None, [WEATHER, PING]):
                for generate in (False, True):
                    result = rendered(source, dict(messages=messages, tools=tools, add_generation_prompt=generate,
                                                   **TOKENS))
                    yield dict(template=path.stem, conversation=conversation, tools=tools is not None,
                               add_generation_prompt=generate, **result)


def write(name, value):
    (OUT / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main():
    goldens = list(chats())
    write("chats.json", dict(conversations=CONVERSATIONS, tools=[WEATHER, PING], goldens=goldens))
    cases = [dict(template=source, **rendered(source, dict(VARIABLES, **TOKENS))) for source in CASES]
    write("cases.json", dict(variables=VARIABLES, cases=cases))
    for case in cases + goldens:
        if "error" in case:
            print(case["template"][:80].replace("\n", "\\n"), "->", case["error"][:100])
    print(f"{len(goldens)} prompts, {len(cases)} cases")


if __name__ == "__main__":
    main()
