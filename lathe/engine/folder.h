// SPDX-License-Identifier: Apache-2.0
// The engine folder on disk: reading it with suspicion, writing it all or not at all.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "lathe/engine/device_code.h"
#include "lathe/engine/manifest.h"

namespace lathe::engine {

// Small files of the folder beside engine.json (tokenizer, template), by relative name.
using Files = std::map<std::string, std::string>;

struct EngineData {
  Manifest manifest;
  Files files;
  DeviceCode code = {};  // of an engine for a GPU
};

// Reads and checks everything but weights. Throws kNotFound where there is no engine, kCorrupt or
// kUnsupported (another format version) naming the file and the field, with how to rebuild.
EngineData read_engine(const std::filesystem::path& folder);

// What read_engine leaves alone: that engine.json has a hash at all, and the hash of a
// self-contained engine's weights, which are mapped and read when touched. Throws kNotFound,
// kCorrupt naming the file, what was expected and what came.
void verify_hashes(const std::filesystem::path& folder, const Manifest& manifest);

// The manifest alone, from bytes: what the fuzzer drives.
Manifest parse_manifest(std::string_view json, std::string_view source);

// Writes to a temporary neighbour and renames it. An engine that stands there is replaced; anything
// else is not: kInvalidArgument. No room or no right to write: kUnavailable. A link stays, what it
// leads to is written.
class EngineWriter {
 public:
  explicit EngineWriter(std::filesystem::path folder);
  ~EngineWriter();  // removes what was not committed
  EngineWriter(const EngineWriter&) = delete;
  EngineWriter& operator=(const EngineWriter&) = delete;

  const std::filesystem::path& staging() const { return staging_; }
  // Fills the temporary folder. The entries of `manifest.files` are made from the files and the
  // code; a weights file that was written into `staging` before is listed with its hash too.
  void write(EngineData data) const;
  // Puts it in its place. REQUIRES: written.
  void commit();

 private:
  std::filesystem::path folder_;
  std::filesystem::path staging_;
};

// True where `path` is a folder with an engine.json.
bool is_engine(const std::filesystem::path& path);

}  // namespace lathe::engine
