// SPDX-License-Identifier: Apache-2.0
// A library to be opened in place of libcuda, NVRTC and cuBLASLt: enough of their functions to see
// what is made of a version, a log and an error. It is of CUDA `LATHE_FAKE_VERSION`.8 and has no
// cuInit.
//
// Its compiler takes the source for the log; "#error" in it is an error, and the cubin is the
// options, a line each. Its products are written down, not computed: `fake_log()`. It has no
// algorithm for a weight of 13 rows, refuses to multiply by one of 14, and makes no handle while
// `fake_no_handle` is set.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>

struct Program {
  std::string source, cubin;
};

// NOLINTBEGIN(readability-identifier-naming): CUDA's names
extern "C" {

int fake_programs = 0;  // that are alive

int cuDriverGetVersion(int* version) {
  *version = LATHE_FAKE_VERSION * 1000 + 80;
  return 0;
}

int nvrtcVersion(int* major, int* minor) {
  *major = LATHE_FAKE_VERSION;
  *minor = 8;
  return 0;
}
const char* nvrtcGetErrorString(int result) {
  return result == 6 ? "FAKE_COMPILATION" : "FAKE_OTHER";
}
int nvrtcCreateProgram(Program** program, const char* source, const char* name, int, const char**,
                       const char**) {
  if (std::strcmp(name, "uncreatable.cu") == 0) return 2;
  *program = new Program{source, {}};
  ++fake_programs;
  return 0;
}
int nvrtcDestroyProgram(Program** program) {
  delete *program;
  --fake_programs;
  return 0;
}
int nvrtcCompileProgram(Program* program, int num_options, const char* const* options) {
  for (int i = 0; i < num_options; ++i) program->cubin += std::string(options[i]) + "\n";
  return program->source.find("#error") == std::string::npos ? 0 : 6;
}
int nvrtcGetProgramLogSize(Program* program, size_t* bytes) {
  *bytes = program->source.size() + 1;
  return 0;
}
int nvrtcGetProgramLog(Program* program, char* text) {
  std::copy_n(program->source.c_str(), program->source.size() + 1, text);
  return 0;
}
int nvrtcGetCUBINSize(Program* program, size_t* bytes) {
  *bytes = program->cubin.size();
  return 0;
}
int nvrtcGetCUBIN(Program* program, char* bytes) {
  std::copy_n(program->cubin.data(), program->cubin.size(), bytes);
  return 0;
}

int fake_handles = 0;       // that are alive
int fake_no_handle = 0;     // the next handle's status
int fake_descriptors = 0;   // of all kinds, alive
int fake_heuristics = 0;    // asked for
std::string fake_products;  // a line each

// A descriptor of any kind: what it was made of, then its attributes.
struct Descriptor {
  std::string text;
  std::map<int, std::string> attributes;
  uint64_t columns = 0;
};

size_t cublasLtGetVersion() { return LATHE_FAKE_VERSION * 10000 + 803; }
const char* cublasLtGetStatusName(int status) {
  return status == 15 ? "FAKE_NOT_SUPPORTED" : "FAKE_STATUS";
}
int cublasLtCreate(int** handle) {
  if (fake_no_handle != 0) return fake_no_handle;
  *handle = &fake_handles;
  ++fake_handles;
  return 0;
}
int cublasLtDestroy(int* handle) {
  --*handle;
  return 0;
}

static int make(Descriptor** out, Descriptor made) {
  *out = new Descriptor(std::move(made));
  ++fake_descriptors;
  return 0;
}
static int drop(Descriptor* descriptor) {
  delete descriptor;
  --fake_descriptors;
  return 0;
}
static int put(Descriptor* descriptor, int attribute, const void* value, size_t size) {
  uint64_t number = 0;
  std::memcpy(&number, value, size);
  descriptor->attributes[attribute] = std::to_string(size) + ":" + std::to_string(number);
  return 0;
}
static std::string text_of(const Descriptor& descriptor) {
  std::string out = descriptor.text;
  for (const auto& [attribute, value] : descriptor.attributes) {
    out += " " + std::to_string(attribute) + "=" + value;
  }
  return out;
}

int cublasLtMatmulDescCreate(Descriptor** out, int compute, int scale) {
  return make(out, {std::to_string(compute) + "/" + std::to_string(scale), {}});
}
int cublasLtMatmulDescDestroy(Descriptor* descriptor) { return drop(descriptor); }
int cublasLtMatmulDescSetAttribute(Descriptor* descriptor, int attribute, const void* value,
                                   size_t size) {
  return put(descriptor, attribute, value, size);
}
int cublasLtMatrixLayoutCreate(Descriptor** out, int type, uint64_t rows, uint64_t columns,
                               int64_t stride) {
  const std::string text = std::to_string(type) + ":" + std::to_string(rows) + "x" +
                           std::to_string(columns) + "/" + std::to_string(stride);
  return make(out, {text, {}, columns});
}
int cublasLtMatrixLayoutDestroy(Descriptor* descriptor) { return drop(descriptor); }
int cublasLtMatmulPreferenceCreate(Descriptor** out) { return make(out, {"prefer", {}}); }
int cublasLtMatmulPreferenceDestroy(Descriptor* descriptor) { return drop(descriptor); }
int cublasLtMatmulPreferenceSetAttribute(Descriptor* descriptor, int attribute, const void* value,
                                         size_t size) {
  return put(descriptor, attribute, value, size);
}
// `results` begins with the algorithm's words.
int cublasLtMatmulAlgoGetHeuristic(int*, Descriptor*, Descriptor* a, Descriptor*, Descriptor*,
                                   Descriptor*, Descriptor* preference, int, void* results,
                                   int* found) {
  ++fake_heuristics;
  const uint64_t algorithm = 42;
  std::memcpy(results, &algorithm, sizeof algorithm);
  *found = a->columns == 13 ? 0 : 1;
  fake_products += text_of(*preference) + "\n";
  return 0;
}
int cublasLtMatmul(int*, Descriptor* operation, const float* alpha, const void*, Descriptor* a,
                   const void*, Descriptor* b, const float* beta, const void*, Descriptor* c, void*,
                   Descriptor* d, const uint64_t* algorithm, void*, size_t workspace, void*) {
  fake_products += text_of(*operation) + " | " + text_of(*a) + " | " + text_of(*b) + " | " +
                   text_of(*c) + " | " + text_of(*d) + " | " + std::to_string(*alpha) + " " +
                   std::to_string(*beta) + " " + std::to_string(*algorithm) + " " +
                   std::to_string(workspace) + "\n";
  return a->columns == 14 ? 15 : 0;
}
const char* fake_log() { return fake_products.c_str(); }
}
// NOLINTEND(readability-identifier-naming)
