// SPDX-License-Identifier: Apache-2.0
// The engine reader and writer: what is accepted, what is refused, what a folder holds.
#include <gtest/gtest.h>

#include "lathe/base/file.h"
#include "lathe/engine/folder.h"
#include "tests/support/corpus.h"
#include "tests/support/error_code_of.h"

namespace lathe::engine {
namespace {

using testing::code_of;
using testing::error_of;
using testing::TempDir;

Manifest tiny() {
  const std::filesystem::path corpus =
      std::filesystem::path(LATHE_SOURCE_DIR) / "tests/corpus/manifest_fuzz";
  return parse_manifest(read_file(corpus / "whole"), "whole");
}

void write_tiny(const std::filesystem::path& folder) {
  EngineWriter writer(folder);
  writer.write({tiny(), {{"tokenizer.json", "{}"}, {"sub/file.txt", "x"}}});
  writer.commit();
}

TEST(Manifest, CorpusReadsOrIsRefused) {
  testing::expect_corpus("manifest_fuzz", [](auto bytes, const std::string& name) {
    parse_manifest({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, name);
  });
}

TEST(Manifest, SurvivesItsOwnText) {
  const Manifest manifest = tiny();
  EXPECT_EQ(parse_manifest(to_json(manifest).dump_pretty(), "again"), manifest);
}

// Offsets that keep apart at equal limits and meet at others: a session's own limits tell.
TEST(VerifyMemory, LooksAtTheLimitsOfTheRun) {
  Plan plan = tiny().plans[0];
  plan.values[2].type.shape = {Dim::symbol("sequences"), 3};
  plan.values[2].offset = 0;
  EXPECT_EQ(error_of([&] { verify_memory(plan, {{"tokens", 8}, {"sequences", 8}}); }), "no error");
  const std::string message = error_of([&] {
    verify_memory(plan, {{"tokens", 8}, {"sequences", 9}});
  });
  EXPECT_NE(message.find("values 2 and 3 overlap"), std::string::npos) << message;
}

TEST(Plan, BytesOfAValueKeepEveryMultipleAligned) {
  EXPECT_EQ(aligned_bytes(TensorType::parse("f32[tokens, 3]"), 64).to_string(), "64*tokens");
  EXPECT_EQ(aligned_bytes(TensorType::parse("bf16[5]"), 64).value(), 64);
  EXPECT_EQ(aligned_bytes(TensorType::parse("f32[tokens, 65]"), 256).to_string(), "512*tokens");
}

// Their bytes are looked at when asked, their size whenever the engine is read.
TEST(EngineFolder, WeightsHaveAHash) {
  const TempDir temp;
  const std::filesystem::path folder = temp.path() / "e", weights = folder / kWeightsFile;
  {
    EngineWriter writer(folder);
    write_file(writer.staging() / kWeightsFile, "some weights");
    writer.write({tiny(), {}});
    writer.commit();
  }
  const Manifest manifest = read_engine(folder).manifest;
  EXPECT_EQ(error_of([&] { verify_hashes(folder, manifest); }), "no error");
  write_file(weights, "same weights");
  EXPECT_EQ(error_of([&] { read_engine(folder); }), "no error");
  const std::string message = error_of([&] { verify_hashes(folder, manifest); });
  EXPECT_NE(message.find("expected 12 bytes with hash "), std::string::npos) << message;
  write_file(weights, "few weights");
  EXPECT_NE(error_of([&] { read_engine(folder); }).find("got 11; rebuild"), std::string::npos);
  std::filesystem::remove(weights);
  EXPECT_NE(error_of([&] { read_engine(folder); }), "no error");
}

TEST(EngineFolder, ReadsWhatWasWritten) {
  const TempDir temp;
  write_tiny(temp.path() / "e");
  const EngineData data = read_engine(temp.path() / "e");
  EXPECT_EQ(data.manifest.plans, tiny().plans);
  EXPECT_EQ(data.files.at("tokenizer.json"), "{}");
  EXPECT_EQ(data.files.at("sub/file.txt"), "x");
}

TEST(EngineFolder, ReplacesAnEngineAndNothingElse) {
  const TempDir temp;
  write_tiny(temp.path() / "e");
  write_tiny(temp.path() / "e");
  EXPECT_TRUE(is_engine(temp.path() / "e"));
  temp.write("notes", "mine");
  const std::string message = error_of([&] { EngineWriter writer(temp.path()); });
  EXPECT_NE(message.find("exists and is no engine; it is not overwritten"), std::string::npos);
  EXPECT_EQ(read_file(temp.path() / "notes"), "mine");
}

// It is not the model that is bad.
TEST(EngineFolder, APlaceThatCannotBeWrittenIsUnavailable) {
  const TempDir temp;
  const auto inside = temp.write("file", "x") / "e";
  const auto open = [&] { EngineWriter writer(inside); };
  const std::string message = error_of(open);
  EXPECT_NE(message.find("cannot be created: Not a directory"), std::string::npos) << message;
  EXPECT_EQ(code_of(open), ErrorCode::kUnavailable);
}

TEST(EngineFolder, LeavesNothingBehindWhereNothingWasCommitted) {
  const TempDir temp;
  { const EngineWriter writer(temp.path() / "e"); }
  EXPECT_TRUE(std::filesystem::is_empty(temp.path()));
}

TEST(EngineFolder, RefusesAChangedFileWithTheWayOut) {
  const TempDir temp;
  write_tiny(temp.path() / "e");
  temp.write("e/tokenizer.json", "[]");
  const std::string message = error_of([&] { read_engine(temp.path() / "e"); });
  EXPECT_NE(message.find("tokenizer.json: expected 2 bytes with hash"), std::string::npos);
  EXPECT_NE(message.find("rebuild the engine with `lathe build`"), std::string::npos) << message;
}

TEST(EngineFolder, SaysWhatItExpectedWhereNoEngineIs) {
  const TempDir temp;
  EXPECT_NE(error_of([&] { read_engine(temp.path()); }).find("expected an engine folder with"),
            std::string::npos);
}

}  // namespace
}  // namespace lathe::engine
