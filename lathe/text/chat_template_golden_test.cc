// SPDX-License-Identifier: Apache-2.0
// Templates render as jinja2 renders them with Hugging Face's settings, byte for byte, and are
// refused where jinja2 refuses.
#include <gtest/gtest.h>

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/text/chat_template.h"

namespace lathe::text {
namespace {

const std::filesystem::path kData =
    std::filesystem::path(LATHE_SOURCE_DIR) / "tests" / "data" / "templates";

TemplateInputs inputs() {
  TemplateInputs out;
  out.bos_token = "<s>";
  out.eos_token = "</s>";
  out.local_time.tm_year = 2026 - 1900;
  out.local_time.tm_mon = 6;
  out.local_time.tm_mday = 4;
  out.local_time.tm_wday = 6;
  out.local_time.tm_hour = 13;
  out.local_time.tm_min = 5;
  return out;
}

void expect_golden(const std::string& source, const TemplateInputs& in, const Json& golden,
                   const std::string& what) {
  try {
    const std::string text = ChatTemplate::parse(source)->render(in);
    ASSERT_TRUE(golden.contains("text"))
        << what << ": rendered " << text << ", jinja2 says " << golden.at("error").as_string();
    EXPECT_EQ(text, golden.at("text").as_string()) << what;
  } catch (const Error& error) {
    EXPECT_TRUE(golden.contains("error"))
        << what << ": " << error.message() << ", expected " << golden.at("text").as_string();
    EXPECT_NE(error.code(), ErrorCode::kInternal) << what << ": " << error.message();
    EXPECT_TRUE(error.message().starts_with("chat template: line ")) << error.message();
    EXPECT_EQ(error.message().find('\n'), std::string::npos) << error.message();
  }
}

TEST(ChatTemplateGolden, Chats) {
  const Json json = Json::parse(read_file(kData / "chats.json"), "chats.json");
  const Json::Array& goldens = json.at("goldens").as_array();
  ASSERT_GE(goldens.size(), 150u);
  for (const Json& golden : goldens) {
    const std::string& name = golden.at("template").as_string();
    TemplateInputs in = inputs();
    const auto conversation = static_cast<size_t>(golden.at("conversation").as_integer());
    in.messages = json.at("conversations").as_array()[conversation];
    if (golden.at("tools").as_bool()) in.tools = json.at("tools");
    in.add_generation_prompt = golden.at("add_generation_prompt").as_bool();
    expect_golden(read_file(kData / "chat" / (name + ".jinja")), in, golden,
                  cat(name, ", conversation ", conversation));
  }
}

TEST(ChatTemplateGolden, Cases) {
  const Json json = Json::parse(read_file(kData / "cases.json"), "cases.json");
  const Json::Array& cases = json.at("cases").as_array();
  ASSERT_GE(cases.size(), 500u);
  TemplateInputs in = inputs();
  in.variables = json.at("variables");
  for (const Json& golden : cases) {
    const std::string& source = golden.at("template").as_string();
    expect_golden(source, in, golden, source);
  }
}

// The prompts of the small checkpoints' own templates.
TEST(ChatTemplateGolden, Checkpoints) {
  for (const char* name : {"llama_mha", "llama_gqa"}) {
    const auto folder = kData / ".." / "checkpoints" / name;
    const TokenizerFiles files = {
        {"tokenizer.json", read_file(folder / "tokenizer.json")},
        {"tokenizer_config.json", read_file(folder / "tokenizer_config.json")}};
    const auto source = find_chat_template(files);
    ASSERT_TRUE(source) << name;
    const auto tokenizer = Tokenizer::load(files);
    const Json goldens = Json::parse(read_file(folder / "golden_text.json"), name);
    for (const Json& golden : goldens.at("chats").as_array()) {
      TemplateInputs in;
      in.messages = golden.at("messages");
      in.add_generation_prompt = golden.at("add_generation_prompt").as_bool();
      in.bos_token = tokenizer->bos_token();
      in.eos_token = tokenizer->eos_token();
      EXPECT_EQ(ChatTemplate::parse(*source)->render(in), golden.at("text").as_string()) << name;
    }
  }
}

}  // namespace
}  // namespace lathe::text
