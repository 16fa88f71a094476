// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/seal.h"

#include <gtest/gtest.h>

#include "lathe/engine/build_record.h"
#include "tests/support/temp_dir.h"

namespace lathe::engine {
namespace {

using testing::error_of;
using testing::TempDir;

Manifest manifest() {
  Manifest out;
  out.dtype = "auto";
  out.files = {{"tokenizer.json", 2, "0123456789abcdef"}};
  return out;
}

std::string error_of_text(const std::string& text, Seal seal = Seal::kRequired) {
  return error_of(
      [&] { check_seal(text, from_json<Manifest>(Json::parse(text, "engine")), seal); });
}

TEST(Seal, HoldsForTheTextThatWasWritten) {
  EXPECT_EQ(error_of_text(sealed_text(manifest())), "no error");
  EXPECT_EQ(sealed_text(manifest()), sealed_text(manifest()));
}

TEST(Seal, BreaksWithEveryBit) {
  const std::string text = sealed_text(manifest());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string flipped = text;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_NE(error_of_text(flipped), "no error") << "byte " << i;
  }
}

TEST(Seal, BreaksWithSpacesAndWithAnotherHash) {
  const std::string text = sealed_text(manifest());
  EXPECT_NE(error_of_text(text + " ").find("hash: expected "), std::string::npos);
  Manifest other = manifest();
  other.hash = "0123456789abcdef";  // that of the file, which stands in the text before it
  EXPECT_NE(error_of_text(to_json(other).dump_pretty()).find("got '0123456789abcdef'; rebuild"),
            std::string::npos);
}

TEST(Seal, MayBeLeftEmptyByWhoeverEdits) {
  const std::string text = to_json(manifest()).dump();
  EXPECT_EQ(error_of_text(text, Seal::kWhereGiven), "no error");
  EXPECT_NE(error_of_text(text).find("got ''"), std::string::npos);
}

TEST(BuildRecord, ComesBackAndIsATable) {
  const TempDir folder;
  EXPECT_EQ(read_build_record(folder.path()), std::nullopt);
  const BuildRecord record{.seconds = 1.5,
                           .peak_bytes = 3 << 20,
                           .phases = {{"lower", 0.25, 1 << 20}, {"write", 1.25, 3 << 20}}};
  write_build_record(folder.path(), record);
  EXPECT_EQ(read_build_record(folder.path()), record);
  EXPECT_EQ(to_text(record),
            "  lower                        250.0 ms       1.0 MiB\n"
            "  write                       1250.0 ms       3.0 MiB\n"
            "  all                         1500.0 ms       3.0 MiB\n");
}

TEST(BuildRecord, NamesTheFileThatIsNone) {
  const TempDir folder;
  folder.write("build.json", R"({"seconds":1,"phases":[]})");
  const std::string message = error_of([&] { read_build_record(folder.path()); });
  EXPECT_NE(message.find("build.json: "), std::string::npos) << message;
  EXPECT_NE(message.find("peak_bytes"), std::string::npos) << message;
}

}  // namespace
}  // namespace lathe::engine
