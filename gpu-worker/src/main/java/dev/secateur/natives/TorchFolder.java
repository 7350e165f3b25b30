package dev.secateur.natives;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A folder that holds libtorch.
 *
 * @param hasCuda whether it computes on GPUs
 */
public record TorchFolder(Path library, TorchVersion version, boolean hasCuda) {
  static final String LIBRARY = "libtorch.so";

  private static final List<String> BELOW = List.of("", "lib", "torch/lib");

  /** What lies in a folder, or in one below it where installations have libraries. */
  public static Optional<TorchFolder> in(Path given) throws IOException {
    for (String below : BELOW) {
      Path library = given.resolve(below).toAbsolutePath().normalize();
      if (Files.isRegularFile(library.resolve(LIBRARY))) {
        return Optional.of(
            new TorchFolder(
                library,
                TorchVersion.of(library),
                Files.isRegularFile(library.resolve("libtorch_cuda.so"))));
      }
    }
    return Optional.empty();
  }

  /** The same, or the first of an installation of Python there. */
  static Optional<TorchFolder> under(Path given) throws IOException {
    Optional<TorchFolder> found = in(given);
    for (Path packages : UsualPlaces.below(given)) {
      found = found.isPresent() ? found : in(packages.resolve("torch/lib"));
    }
    return found;
  }

  /** Why it can't be used as that flavor, in a sentence; empty where it can. */
  Optional<String> problem(Flavor wanted) {
    return TorchVersion.problem(library.toString(), version.torch())
        .or(
            () ->
                wanted.takes(hasCuda, version.cuda())
                    ? Optional.empty()
                    : Optional.of(misfit(wanted)));
  }

  private String misfit(Flavor wanted) {
    if (wanted == Flavor.CPU) {
      return library + ": is built for CUDA; use --flavor cu128";
    } else if (!hasCuda) {
      return library
          + ": is built for the CPU (it has no libtorch_cuda.so), but CUDA 12 is required:"
          + " pip install torch=="
          + Flavor.VERSION
          + " --index-url https://download.pytorch.org/whl/cu128";
    }
    return library
        + ": is built for CUDA "
        + version.cuda().orElse("")
        + ", but DJL's native library is linked with CUDA 12";
  }

  /**
   * @throws InputException when it can't be used as that flavor
   */
  void check(Flavor wanted) {
    problem(wanted)
        .ifPresent(
            text -> {
              throw new InputException(text);
            });
  }
}
