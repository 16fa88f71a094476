// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/folder.h"

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/base/hash.h"
#include "lathe/base/links.h"
#include "lathe/engine/seal.h"
#include "lathe/engine/staging.h"

namespace lathe::engine {

namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxManifestBytes = size_t{256} << 20;

std::string hash_of(std::string_view bytes) {
  return hex64(hash64(std::as_bytes(std::span(bytes.data(), bytes.size()))));
}

// Mapped: its size is no matter.
std::string hash_of_file(const fs::path& path) {
  const auto file = MappedFile::open(path);
  return hex64(hash64(file->bytes()));
}

// A relative path of plain components: no way out of the folder.
bool is_inside(std::string_view name) {
  const fs::path path(name);
  if (name.empty() || path.is_absolute()) return false;
  for (const fs::path& part : path) {
    if (part == ".." || part == "." || part.empty()) return false;
  }
  return true;
}

[[noreturn]] void refuse_entry(const fs::path& path, const FileEntry& entry, int64_t bytes,
                               std::string_view hash) {
  fail(ErrorCode::kCorrupt, path.string(), ": expected ", entry.bytes, " bytes with hash ",
       entry.hash, ", got ", bytes, hash.empty() ? "" : " with ", hash,
       "; rebuild the engine with `lathe build`");
}

std::string read_entry(const fs::path& folder, const FileEntry& entry) {
  const fs::path path = folder / entry.name;
  std::string bytes = read_file(path, kMaxManifestBytes);
  const auto size = static_cast<int64_t>(bytes.size());
  const std::string hash = hash_of(bytes);
  if (size != entry.bytes || hash != entry.hash) refuse_entry(path, entry, size, hash);
  return bytes;
}

// Of a file that is mapped when it is used: whoever maps one that is cut would fault.
void check_size(const fs::path& folder, const FileEntry& entry) {
  std::error_code error;
  const fs::path path = folder / entry.name;
  const auto bytes = static_cast<int64_t>(fs::file_size(path, error));
  if (error) fail(ErrorCode::kNotFound, path.string(), ": ", error.message());
  if (bytes != entry.bytes) refuse_entry(path, entry, bytes, "");
}

void check_version(const Json& json) {
  const int64_t version = json.at("format_version").as_integer();
  if (version == kFormatVersion) return;
  fail(ErrorCode::kUnsupported, "format_version ", version, ", this program reads ", kFormatVersion,
       "; rebuild the engine with `lathe build`");
}

// The device code is a file like the others, but nobody wants its container.
void take_code(EngineData& data, const std::string& folder) {
  const auto file = data.files.find(std::string(kKernelsFile));
  if (file != data.files.end()) {
    data.code = parse_device_code(file->second, (fs::path(folder) / kKernelsFile).string());
    data.files.erase(file);
  }
  with_context(folder, [&] {
    for (const Plan& plan : data.manifest.plans) verify_code(plan, data.code);
  });
}

}  // namespace

Manifest parse_manifest(std::string_view text, std::string_view source) {
  return with_context(source, [&] {
    const Json json = Json::parse(text, "engine");
    check_version(json);
    auto manifest = from_json<Manifest>(json);
    if (manifest.plans.empty()) fail(ErrorCode::kCorrupt, "plans: an engine without a plan");
    for (const FileEntry& entry : manifest.files) {
      if (!is_inside(entry.name)) {
        fail(ErrorCode::kCorrupt, "files: ", quote(entry.name), " is not a name in the folder");
      }
    }
    for (const Plan& plan : manifest.plans) verify(plan);
    return manifest;
  });
}

bool is_engine(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path / kManifestFile, ignored);
}

EngineData read_engine(const fs::path& folder) {
  const fs::path path = folder / kManifestFile;
  if (!is_engine(folder)) {
    fail(ErrorCode::kNotFound, folder.string(), ": expected an engine folder with ", kManifestFile,
         "; `lathe build` writes one");
  }
  EngineData data;
  const std::string text = read_file(path, kMaxManifestBytes);
  data.manifest = parse_manifest(text, path.string());
  for (const FileEntry& entry : data.manifest.files) {
    if (entry.name == kWeightsFile) {
      check_size(folder, entry);
    } else {
      data.files[entry.name] = read_entry(folder, entry);
    }
  }
  take_code(data, folder.string());
  // Last, so that whatever names a field comes before what can only say that some byte changed.
  with_context(path.string(), [&] { check_seal(text, data.manifest, Seal::kWhereGiven); });
  return data;
}

void verify_hashes(const fs::path& folder, const Manifest& manifest) {
  const fs::path path = folder / kManifestFile;
  const std::string text = read_file(path, kMaxManifestBytes);
  with_context(path.string(), [&] { check_seal(text, manifest, Seal::kRequired); });
  for (const FileEntry& entry : manifest.files) {
    if (entry.name != kWeightsFile) continue;
    check_size(folder, entry);
    const std::string hash = hash_of_file(folder / entry.name);
    if (hash != entry.hash) refuse_entry(folder / entry.name, entry, entry.bytes, hash);
  }
}

EngineWriter::EngineWriter(fs::path folder) : folder_(std::move(folder)) {
  if (folder_.filename().empty()) folder_ = folder_.parent_path();
  folder_ = follow_links(folder_);
  if (fs::exists(folder_) && !is_engine(folder_) &&
      !(fs::is_directory(folder_) && fs::is_empty(folder_))) {
    fail(ErrorCode::kInvalidArgument, folder_.string(),
         " exists and is no engine; it is not overwritten");
  }
  staging_ = staging_neighbour(folder_);
  std::error_code error;
  fs::create_directories(staging_, error);
  if (error) {
    fail(ErrorCode::kUnavailable, staging_.string(), ": cannot be created: ", error.message());
  }
}

EngineWriter::~EngineWriter() {
  std::error_code ignored;
  fs::remove_all(staging_, ignored);
}

void EngineWriter::write(EngineData data) const {
  Manifest& manifest = data.manifest;
  manifest.files.clear();
  if (!data.code.empty()) data.files[std::string(kKernelsFile)] = to_safetensors(data.code);
  for (const auto& [name, bytes] : data.files) {
    fs::create_directories((staging_ / name).parent_path());
    write_file(staging_ / name, bytes);
    manifest.files.push_back({name, static_cast<int64_t>(bytes.size()), hash_of(bytes)});
  }
  const fs::path weights = staging_ / kWeightsFile;
  if (fs::exists(weights)) {
    manifest.files.push_back({std::string(kWeightsFile),
                              static_cast<int64_t>(fs::file_size(weights)), hash_of_file(weights)});
  }
  write_file(staging_ / kManifestFile, sealed_text(std::move(manifest)));
}

void EngineWriter::commit() { put_in_place(staging_, folder_); }

}  // namespace lathe::engine
