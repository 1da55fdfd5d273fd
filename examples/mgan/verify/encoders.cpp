#include "encoders.hpp"

#include <algorithm>
#include <cstdio>

namespace verify {

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> all;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder)) all.push_back(entry.path());
  std::sort(all.begin(), all.end());
  return all;
}

int verify_encoders(const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    std::fprintf(stderr, "verify: %s is not a folder\n", folder.c_str());
    return 2;
  }
  int passed = 0, failed = 0, could_not_run = 0;
  const Add add = [&](const Fixture& f) {
    const bool ok = f.status == Fixture::Status::passed;
    (ok ? passed : failed) += 1;
    could_not_run += f.status == Fixture::Status::could_not_run;
    // One line a fixture: an error that lists tensors keeps its list, in one line.
    std::string detail = f.detail;
    std::replace(detail.begin(), detail.end(), '\n', ' ');
    std::printf("%-52s %s  %s\n", f.name.c_str(), ok ? "ok" : "FAILED", detail.c_str());
    std::fflush(stdout);
  };
  struct Subject {
    const char* name;
    void (*check)(const fs::path&, const Add&);
  };
  for (const Subject& subject : {Subject{"clip", check_clip},
                                 {"bert", check_bert},
                                 {"images", check_images},
                                 {"wordpiece", check_wordpiece},
                                 {"safetensors", check_safetensors},
                                 {"npy", check_npy}}) {
    const fs::path own = (folder / subject.name).lexically_normal();
    if (!fs::is_directory(own)) continue;
    try {
      subject.check(own, add);
    } catch (const std::exception& error) {
      add({Fixture::Status::could_not_run, subject.name, error.what()});
    }
  }
  if (passed + failed == 0) std::fprintf(stderr, "verify: no fixture found in %s\n", folder.c_str());
  std::printf("%d passed, %d failed\n", passed, failed);
  return could_not_run > 0 || passed + failed == 0 ? 2 : failed > 0 ? 1 : 0;
}

}  // namespace verify
