// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/cubin.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace lathe::cuda {

namespace {

// A T at a place of the file, where all of it lies inside.
template <class T>
std::optional<T> read_at(std::string_view bytes, uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T out;
  std::memcpy(&out, bytes.data() + offset, sizeof out);
  return out;
}

std::string_view bytes_of(std::string_view file, const Elf64_Shdr& section) {
  if (section.sh_offset > file.size()) return {};
  return file.substr(section.sh_offset, section.sh_size);
}

std::string name_at(std::string_view names, uint32_t offset) {
  if (offset >= names.size()) return {};
  names.remove_prefix(offset);
  return std::string(names.substr(0, names.find('\0')));
}

std::optional<Elf64_Shdr> section_at(std::string_view file, const Elf64_Ehdr& head, uint64_t i) {
  if (i >= head.e_shnum) return std::nullopt;
  return read_at<Elf64_Shdr>(file, head.e_shoff + i * sizeof(Elf64_Shdr));
}

bool is_entry(const Elf64_Sym& symbol) {
  constexpr unsigned char kCudaEntry = 0x10;  // of st_other; device functions lack it
  return ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && (symbol.st_other & kCudaEntry) != 0 &&
         symbol.st_shndx != SHN_UNDEF;
}

void add_entries(std::string_view symbols, std::string_view names, std::vector<std::string>& out) {
  for (uint64_t at = 0; at < symbols.size(); at += sizeof(Elf64_Sym)) {
    const auto symbol = read_at<Elf64_Sym>(symbols, at);
    if (symbol && is_entry(*symbol)) out.push_back(name_at(names, symbol->st_name));
  }
}

}  // namespace

std::vector<std::string> cubin_entries(std::string_view cubin) {
  std::vector<std::string> out;
  const auto head = read_at<Elf64_Ehdr>(cubin, 0);
  if (!head || !cubin.starts_with(ELFMAG) || head->e_shentsize != sizeof(Elf64_Shdr)) return out;
  for (uint64_t i = 0; i < head->e_shnum; ++i) {
    const auto section = section_at(cubin, *head, i);
    if (!section || section->sh_type != SHT_SYMTAB) continue;
    const auto names = section_at(cubin, *head, section->sh_link);
    if (names) add_entries(bytes_of(cubin, *section), bytes_of(cubin, *names), out);
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace lathe::cuda
