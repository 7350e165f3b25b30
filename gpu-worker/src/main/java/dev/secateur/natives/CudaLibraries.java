package dev.secateur.natives;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The CUDA libraries that a libtorch from a jar lacks. They are linked into its folder, which it
 * searches first.
 */
final class CudaLibraries {
  /** Maven Central has no package of these. */
  static final List<String> OF_THE_MACHINE =
      List.of("libcublas.so.12", "libcublasLt.so.12", "libcudnn.so.9", "libcusparse.so.12");

  private static final List<String> NEEDED =
      List.of(
          "libopenblas.so.0",
          "libcudart.so.12",
          "libcupti.so.12",
          "libcufft.so.11",
          "libcufile.so.0",
          "libcurand.so.10");

  /** Needed by some builds of the others. */
  private static final List<String> FURTHER =
      List.of("libgfortran.so.5", "libquadmath.so.0", "libnvJitLink.so.12", "libcudnn_*.so.9");

  private CudaLibraries() {}

  /** Links what a folder lacks; returns what none of the places has. */
  static List<String> link(Path library, List<Path> places) throws IOException {
    List<String> missing = new ArrayList<>();
    for (String name : names()) {
      if (!has(library, name) && !linked(library, name, places) && !FURTHER.contains(name)) {
        missing.add(name);
      }
    }
    return missing;
  }

  private static List<String> names() {
    List<String> all = new ArrayList<>(OF_THE_MACHINE);
    all.addAll(NEEDED);
    all.addAll(FURTHER);
    return all;
  }

  /** Which of the machine's own none of the places has. */
  static List<String> missing(List<Path> places) {
    return OF_THE_MACHINE.stream()
        .filter(name -> places.stream().noneMatch(place -> Files.exists(place.resolve(name))))
        .toList();
  }

  private static boolean has(Path folder, String name) {
    return !name.contains("*") && Files.exists(folder.resolve(name));
  }

  private static boolean linked(Path library, String name, List<Path> places) throws IOException {
    for (Path place : places) {
      boolean some = false;
      try (DirectoryStream<Path> files = Files.newDirectoryStream(place, name)) {
        for (Path file : files) {
          some = true;
          Path link = library.resolve(file.getFileName());
          if (!Files.exists(link)) {
            Files.createSymbolicLink(link, file.toAbsolutePath().normalize());
          }
        }
      }
      if (some) {
        return true;
      }
    }
    return false;
  }

  /** What to do about libraries that are nowhere. */
  static InputException lacks(String what, Iterable<String> missing) {
    return new InputException(
        what
            + " needs "
            + String.join(", ", missing)
            + " of CUDA 12 and cuDNN 9, which are not in the usual places; give their folders"
            + " with --cuda DIR, or use a libtorch that contains them: pip install torch=="
            + Flavor.VERSION
            + " --index-url https://download.pytorch.org/whl/cu128");
  }

  /** Whether a file is one of those libraries. */
  static boolean knows(String name) {
    return Set.copyOf(names()).contains(name) || name.startsWith("libnvrtc");
  }
}
