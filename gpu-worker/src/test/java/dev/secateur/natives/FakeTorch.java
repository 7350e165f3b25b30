package dev.secateur.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Folders that look like installations of libtorch; their libraries hold nothing. */
final class FakeTorch {
  private FakeTorch() {}

  /** {@code torch/lib} of a Python installation at a prefix. */
  static Path python(Path prefix, String version, String cuda) throws IOException {
    Path torch = prefix.resolve("lib/python3.11/site-packages/torch");
    Path library = libraries(torch.resolve("lib"), !cuda.isEmpty());
    Files.writeString(
        torch.resolve("version.py"),
        """
        from typing import Optional
        __version__ = '%s'
        debug = False
        cuda: Optional[str] = %s
        """
            .formatted(version, cuda.isEmpty() ? "None" : "'" + cuda + "'"));
    return library;
  }

  static Path libraries(Path folder, boolean cuda) throws IOException {
    Files.createDirectories(folder);
    for (String name : new String[] {"libtorch.so", "libtorch_cpu.so", "libc10.so"}) {
      Files.writeString(folder.resolve(name), name);
    }
    if (cuda) {
      Files.writeString(folder.resolve("libtorch_cuda.so"), "cuda");
    }
    return folder;
  }
}
