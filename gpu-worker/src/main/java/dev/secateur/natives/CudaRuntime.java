package dev.secateur.natives;

import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The CUDA runtime, libcudart. DJL counts GPUs with it and asks JNA for it by its plain name, which
 * no installation of libtorch provides.
 */
public final class CudaRuntime {
  static final String NAME = "libcudart.so";

  private static final List<String> FILES =
      List.of(NAME, "libcudart.so.*", "libcudart-*.so", "libcudart-*.so.*");

  private CudaRuntime() {}

  /** The runtime that a libtorch comes with: in its folder, or as a package of Python beside it. */
  public static Optional<Path> beside(Path library) {
    return first(library)
        .or(
            () ->
                Optional.ofNullable(library.toAbsolutePath().normalize().getParent())
                    .map(Path::getParent)
                    .flatMap(packages -> first(packages.resolve("nvidia/cuda_runtime/lib"))));
  }

  private static Optional<Path> first(Path folder) {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    for (String pattern : FILES) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, pattern)) {
        for (Path file : files) {
          return Optional.of(file);
        }
      } catch (IOException | DirectoryIteratorException e) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** Gives a runtime its plain name in a folder. */
  static Path link(Path runtime, Path folder) throws IOException {
    Files.createDirectories(folder);
    Path link = folder.resolve(NAME);
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, runtime.toAbsolutePath());
    return folder;
  }

  /**
   * How many GPUs the runtime of this process counts, or why it counts none; empty where there is
   * no runtime.
   */
  public static Optional<String> count() {
    try {
      NativeLibrary runtime = NativeLibrary.getInstance("cudart");
      int[] count = new int[1];
      int code = runtime.getFunction("cudaGetDeviceCount").invokeInt(new Object[] {count});
      return Optional.of(
          code == 0
              ? Integer.toString(count[0])
              : "0 ("
                  + runtime
                      .getFunction("cudaGetErrorString")
                      .invokeString(new Object[] {code}, false)
                  + ", CUDA's error "
                  + code
                  + ")");
    } catch (LinkageError e) {
      return Optional.empty();
    }
  }
}
