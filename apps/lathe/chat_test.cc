// SPDX-License-Identifier: Apache-2.0
// The interactive chat, fed from a file.
#include "chat.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "ran_command.h"

namespace lathe::app {
namespace {

// Stdin is a file with this text as long as it lives.
class Typed {
 public:
  explicit Typed(std::string_view text) : before_(::dup(STDIN_FILENO)) {
    const int file = ::open(folder_.write("typed", text).c_str(), O_RDONLY | O_CLOEXEC);
    ::dup2(file, STDIN_FILENO);
    ::close(file);
    std::clearerr(stdin);
  }
  ~Typed() {
    ::dup2(before_, STDIN_FILENO);
    ::close(before_);
    std::clearerr(stdin);
  }
  Typed(const Typed&) = delete;
  Typed& operator=(const Typed&) = delete;

 private:
  testing::TempDir folder_;
  int before_;
};

RanCommand chat_of(std::string_view typed, std::vector<std::string> flags = {}) {
  const Typed stdin_is(typed);
  std::vector<std::string> words = {"run", golden_engine(), "--chat", "--temperature", "0"};
  words.insert(words.end(), flags.begin(), flags.end());
  return ran_command(words);
}

std::vector<Json> answers_of(const RanCommand& done) {
  std::vector<Json> out;
  for (const std::string_view line : split(done.out, '\n')) {
    if (!line.empty()) out.push_back(Json::parse(line, "answer"));
  }
  return out;
}

TEST(Chat, AnswersEachLine) {
  const RanCommand done = chat_of("Hello\nAgain\n", {"--max-tokens", "3", "--json"});
  EXPECT_EQ(done.code, ExitCode::kOk) << done.err;
  const std::vector<Json> answers = answers_of(done);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_GT(answers[1].at("prompt_tokens").as_integer(),
            answers[0].at("prompt_tokens").as_integer());
}

TEST(Chat, IsTheSameAsOnePromptTheFirstTime) {
  const std::vector<std::string> flags = {"--max-tokens", "4", "--json"};
  const std::vector<Json> chatted = answers_of(chat_of("Hello\n", flags));
  const RanCommand once = ran_command({"run", golden_engine(), "--chat", "--temperature", "0",
                                       "--prompt", "Hello", "--max-tokens", "4", "--json"});
  ASSERT_EQ(chatted.size(), 1u);
  EXPECT_EQ(chatted[0].at("token_ids"), answers_of(once).at(0).at("token_ids"));
}

TEST(Chat, ALineMayEndWithTheFile) {
  EXPECT_EQ(answers_of(chat_of("Hello", {"--max-tokens", "2", "--json"})).size(), 1u);
}

TEST(Chat, EmptyLinesAreNoMessages) {
  EXPECT_EQ(answers_of(chat_of("\n  \n\t\nHello\n\n", {"--max-tokens", "2", "--json"})).size(), 1u);
  const RanCommand nothing = chat_of("");
  EXPECT_EQ(nothing.code, ExitCode::kOk);
  EXPECT_EQ(nothing.out, "");
}

TEST(Chat, NotesAreNoPartOfTheAnswers) {
  const RanCommand done = chat_of("Hello\n", {"--max-tokens", "2"});
  EXPECT_TRUE(done.out.ends_with("\n"));
  EXPECT_EQ(done.out.find("tokens/s"), std::string::npos);
  EXPECT_NE(done.err.find("tokens/s"), std::string::npos);
  EXPECT_EQ(done.err.find("> "), std::string::npos);  // the prompt is for terminals
}

TEST(Chat, TheSecondTurnFindsTheFirstInTheCache) {
  const RanCommand done = chat_of(cat(std::string(70, 'a'), "\nMore\n"), {"--max-tokens", "2"});
  EXPECT_EQ(done.code, ExitCode::kOk);
  EXPECT_NE(done.err.find("from the cache"), std::string::npos) << done.err;
}

TEST(Chat, AFullContextIsSaidAndTheChatGoesOn) {
  const RanCommand done = chat_of(cat(std::string(400, 'x'), "\nHi\n"),
                                  {"--max-tokens", "2", "--json", "--log-level", "error"});
  EXPECT_EQ(done.code, ExitCode::kOk) << done.err;
  EXPECT_TRUE(done.err.starts_with("the context is full: ")) << done.err;
  EXPECT_EQ(answers_of(done).size(), 1u);
}

TEST(Chat, ASystemMessageIsPartOfThePrompt) {
  const std::vector<std::string> flags = {"--max-tokens", "1", "--json"};
  std::vector<std::string> with = flags;
  with.insert(with.end(), {"--system", "Be brief."});
  EXPECT_GT(answers_of(chat_of("Hi\n", with)).at(0).at("prompt_tokens").as_integer(),
            answers_of(chat_of("Hi\n", flags)).at(0).at("prompt_tokens").as_integer());
}

}  // namespace
}  // namespace lathe::app
