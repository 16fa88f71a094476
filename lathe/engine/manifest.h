// SPDX-License-Identifier: Apache-2.0
// What engine.json holds beside the plans: where the weights come from, the model's facts, the
// files of the folder with their hashes.
#pragma once

#include <string>
#include <vector>

#include "lathe/engine/plan.h"
#include "lathe/ops/model_facts.h"

namespace lathe::engine {

// Of the folder, and of the entries and parameters of the device code in it.
inline constexpr int kFormatVersion = 4;
inline constexpr std::string_view kManifestFile = "engine.json";
inline constexpr std::string_view kWeightsFile = "weights-rank0.safetensors";

// Which checkpoint the engine belongs to. One of: a path; `dummy_seed`; the folder's own weights.
struct CheckpointReference {
  std::string path;         // absolute; empty for dummy and self-contained weights
  std::string fingerprint;  // of names, dtypes and shapes; any checkpoint with the same will do
  std::optional<int64_t> dummy_seed;
  bool self_contained = false;
  bool operator==(const CheckpointReference&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("path", &CheckpointReference::path);
    v("fingerprint", &CheckpointReference::fingerprint);
    v("dummy_seed", &CheckpointReference::dummy_seed);
    v("self_contained", &CheckpointReference::self_contained);
  }
};

using ops::ModelFacts;

struct FileEntry {
  std::string name;  // relative to the folder; no "..", no absolute path
  int64_t bytes = 0;
  std::string hash;  // XXH3, 64 bits, hexadecimal; of weights compared by `inspect --verify` alone
  bool operator==(const FileEntry&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("name", &FileEntry::name);
    v("bytes", &FileEntry::bytes);
    v("hash", &FileEntry::hash);
  }
};

struct Manifest {
  int format_version = kFormatVersion;
  std::string lathe_version;
  CheckpointReference checkpoint;
  ModelFacts model;
  std::string dtype;  // as asked for: "auto", "bf16", …
  std::vector<FileEntry> files;
  std::vector<Plan> plans;  // the first is the decoder
  std::string hash;         // of the text that this stands in (seal.h)
  bool operator==(const Manifest&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("format_version", &Manifest::format_version);
    v("lathe_version", &Manifest::lathe_version);
    v("checkpoint", &Manifest::checkpoint);
    v("model", &Manifest::model);
    v("dtype", &Manifest::dtype);
    v("files", &Manifest::files);
    v("plans", &Manifest::plans);
    v("hash", &Manifest::hash);
  }
};

}  // namespace lathe::engine
