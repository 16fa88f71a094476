// SPDX-License-Identifier: Apache-2.0
// Any bytes as a chat template: it is refused with one of the promised errors, or it renders, twice
// the same, within its limits.
#include "lathe/text/chat_template.h"
#include "lathe/text/utf8.h"
#include "tests/support/fuzz.h"

namespace lathe::text {
namespace {

using testing::must_hold;

constexpr TemplateLimits kLimits = {.steps = 5'000, .bytes = 1 << 16, .depth = 200};

// What the committed templates look at: messages with calls and parts, tools, and values of every
// kind (the variables of tests/data/templates/cases.json).
constexpr std::string_view kMessages = R"([
  {"role": "system", "content": "Be brief."}, {"role": "user", "content": " Why? "},
  {"role": "assistant", "content": null, "tool_calls": [{"id": "call00001", "type": "function",
   "function": {"name": "weather", "arguments": {"city": "Z\u00fcrich", "days": [1, 2.5, null]}}}]},
  {"role": "tool", "tool_call_id": "call00001", "content": "{}"},
  {"role": "user", "content": "x"}, {"role": "assistant", "content": "<think>hm</think> y"}])";
constexpr std::string_view kTools = R"([{"type": "function", "function": {"name": "weather",
  "description": "of a \"city\"", "parameters": {"type": "object", "properties": {}}}}])";
constexpr std::string_view kVariables = R"({"n": 7, "x": 2.5, "yes": true, "nothing": null,
  "word": "Lathe", "text": "  some words  here \n", "umlaut": "\u00c4rger", "quote": "it's \"so\"",
  "items": [3, 1, 2], "empty": [], "pairs": [["a", 1], ["b", 2]],
  "users": [{"name": "Bo", "age": 40, "tags": ["x"]}, {"name": "al", "age": 30, "tags": []},
            {"name": "Cy", "age": 30, "nick": {"short": "c"}}],
  "config": {"b": 1, "a": {"deep": [1, {"k": "v"}]}, "C": null, "items": "shadowed"},
  "lines": "one\ntwo\n\nthree", "floats": [0.1, 1e16, 1e-5, 100.0, -0.0], "emoji": "a\ud83d\udc69b"})";

TemplateInputs inputs() {
  TemplateInputs out;
  out.messages = Json::parse(kMessages, "messages");
  out.tools = Json::parse(kTools, "tools");
  out.variables = Json::parse(kVariables, "variables");
  out.bos_token = "<s>";
  out.eos_token = "</s>";
  return out;
}

void check(std::string_view source) {
  static const TemplateInputs in = inputs();
  try {
    const auto chat = ChatTemplate::parse(source);
    const std::string text = chat->render(in, kLimits);
    must_hold(static_cast<int64_t>(text.size()) <= kLimits.bytes, "no more than the limit");
    must_hold(is_utf8(text), "rendered text is UTF-8", text);
    must_hold(chat->render(in, kLimits) == text, "the same text twice", text);
  } catch (const Error& error) {
    testing::must_be_promised(error, {ErrorCode::kCorrupt, ErrorCode::kUnsupported,
                                      ErrorCode::kInvalidArgument, ErrorCode::kResourceExhausted});
    must_hold(error.message().starts_with("chat template: "), "a context", error.message());
  }
}

}  // namespace
}  // namespace lathe::text

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lathe::text::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
