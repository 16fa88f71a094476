// SPDX-License-Identifier: Apache-2.0
// Text in, text out: every file in tests/data/passes is a case.
//
//   # What it shows.
//   pass NAME              (one line a pass, in order)
//   gpu DTYPE              for an H100 with activations of that dtype; else for a CPU
//   network … { … }        before
//   ---
//   network … { … }        after; or, for a pass that changes nothing: unchanged
//   note: TEXT             a note that some pass has to leave
#include <gtest/gtest.h>

#include <filesystem>

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/builder/pipeline.h"
#include "lathe/graph/text.h"
#include "lathe/graph/verify.h"

namespace lathe::builder {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::vector<const Pass*> passes;
  std::string before, after, note;
  PassContext context = {};
};

PassContext on_h100(std::string_view dtype) {
  PassContext out;
  out.targets = {{.device = DeviceKind::kCuda, .sm = 90}};
  out.weight_dtype = dtype_from_name(dtype);
  return out;
}

const Pass* find_pass(std::string_view name) {
  for (const auto& passes : {bind_passes(), optimize_passes()}) {
    for (const Pass* pass : passes) {
      if (pass->name == name) return pass;
    }
  }
  fail(ErrorCode::kNotFound, "no pass is called ", name);
}

Case read_case(const fs::path& path) {
  Case out;
  std::string* section = &out.before;
  const std::string text = read_file(path);
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("#")) continue;
    if (line.starts_with("pass ")) {
      out.passes.push_back(find_pass(line.substr(5)));
    } else if (line.starts_with("gpu ")) {
      out.context = on_h100(line.substr(4));
    } else if (line == "---") {
      section = &out.after;
    } else if (line.starts_with("note: ")) {
      out.note = line.substr(6);
    } else if (!trim(line).empty()) {
      *section += cat(line, "\n");
    }
  }
  return out;
}

std::vector<fs::path> case_files() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(LATHE_SOURCE_DIR "/tests/data/passes")) {
    out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

class PassCase : public testing::TestWithParam<fs::path> {};

TEST_P(PassCase, GivesTheExpectedNetwork) {
  Case test = read_case(GetParam());
  ASSERT_FALSE(test.passes.empty());
  const auto network = graph::parse(test.before, GetParam().string());
  const std::string before = graph::print(*network);
  std::string notes;
  for (const PassReport& report : run_passes(test.passes, *network, test.context)) {
    for (const std::string& note : report.notes) notes += note + "\n";
  }
  const std::string expected =
      test.after == "unchanged\n" ? before
                                  : graph::print(*graph::parse(test.after, "the expected network"));
  EXPECT_EQ(graph::print(*network), expected) << notes;
  EXPECT_NE(notes.find(test.note), std::string::npos) << notes;
}

std::string case_name(const testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Passes, PassCase, testing::ValuesIn(case_files()), case_name);

}  // namespace
}  // namespace lathe::builder
