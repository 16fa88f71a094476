// SPDX-License-Identifier: Apache-2.0
// A stand-in for the `lathe compile` of workers: keeps what it was asked, answers with a cubin that
// is none but looks like one, in no time.
#pragma once

#include <filesystem>
#include <string>

#include "lathe/base/file.h"
#include "tests/support/temp_dir.h"

namespace lathe::testing {

// The head of a cubin as CUDA 13 writes it, and no more.
inline std::string fake_cubin(int sm) {
  std::string out(80, '\0');
  out.replace(0, 4,
              "\x7f"
              "ELF");
  out[8] = 8;
  out[18] = static_cast<char>(190);
  out[49] = static_cast<char>(sm);
  return out;
}

class FakeCompiler {
 public:
  FakeCompiler() {
    folder_.write("cubin", fake_cubin(90));
    folder_.write("lathe", "#!/bin/sh\ncp \"$2\" " + folder_.path().string() + "/asked." +
                               "$(basename \"$2\")\ncp " + folder_.path().string() +
                               "/cubin \"$4\"\n");
    allow(path());
  }
  // One that fails with this on its standard error.
  explicit FakeCompiler(const std::string& error)
      : FakeCompiler(Script{"echo 'info' >&2\necho '" + error + "' >&2\nexit 1"}) {}
  struct Script {
    std::string text;  // of a shell
  };
  explicit FakeCompiler(const Script& script) {
    folder_.write("lathe", "#!/bin/sh\n" + script.text + "\n");
    allow(path());
  }
  std::filesystem::path path() const { return folder_.path() / "lathe"; }
  int times_asked() const {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      count += entry.path().filename().string().starts_with("asked.") ? 1 : 0;
    }
    return count;
  }

 private:
  static void allow(const std::filesystem::path& program) {
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }
  TempDir folder_;
};

}  // namespace lathe::testing
