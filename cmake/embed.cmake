# SPDX-License-Identifier: Apache-2.0
# Writes the device sources as string constants: cmake -DROOT=… -DOUT=… -DFILES=a;b -P embed.cmake
string(REPLACE "," ";" files "${FILES}")
set(entries "")
foreach(file ${files})
  file(READ ${file} text)
  file(RELATIVE_PATH path ${ROOT} ${file})
  string(APPEND entries "    {\"${path}\", R\"lathe(${text})lathe\"},\n")
endforeach()
file(WRITE ${OUT} "// Generated from *.cuh by cmake/embed.cmake.
#include \"lathe/kernels/ptx/device_source.h\"

namespace lathe::kernels {
std::span<const DeviceSource> device_sources() {
  static constexpr DeviceSource kSources[] = {
${entries}  };
  return kSources;
}
}  // namespace lathe::kernels
")
