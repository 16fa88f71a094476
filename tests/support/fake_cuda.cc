// SPDX-License-Identifier: Apache-2.0
// A library to be opened in place of libcuda and NVRTC: enough of their functions to see what is
// made of a version, a log and an error. It is of CUDA `LATHE_FAKE_VERSION`.8 and has no cuInit.
//
// Its compiler takes the source for the log; "#error" in it is an error, and the cubin is the
// options, a line each.
#include <algorithm>
#include <cstring>
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
}
// NOLINTEND(readability-identifier-naming)
