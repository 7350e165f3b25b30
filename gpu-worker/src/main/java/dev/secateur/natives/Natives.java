package dev.secateur.natives;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A libtorch for the engine.
 *
 * @param cuda the version of CUDA it was built for, if known
 * @param library the folder that holds libtorch.so
 * @param cudart a folder in which the CUDA runtime is called libcudart.so, if there is one
 * @param from its origin, for display
 */
public record Natives(
    String version,
    Flavor flavor,
    Optional<String> cuda,
    Path library,
    Optional<Path> cudart,
    String from) {
  private static final String LIBRARY = "PYTORCH_LIBRARY_PATH";
  private static final String JNA = "jna.library.path";

  /** Of Python's packages: DJL loads each library of the folder, and nobody needs these. */
  private static final String NOT_LOADED =
      "libshm.so,libbackend_with_compiler.so,libjitbackend_test.so,libtorchbind_test.so,"
          + "libaoti_custom_ops.so,libc10d_cuda_test.so";

  /** Whether the library still lies where it was. */
  public boolean isThere() {
    return Files.isRegularFile(library.resolve(TorchFolder.LIBRARY));
  }

  /** The properties of Java by which DJL finds it, and JNA the CUDA runtime that counts GPUs. */
  public Map<String, String> properties() {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put(LIBRARY, library.toString());
    properties.put("PYTORCH_VERSION", version);
    properties.put("PYTORCH_FLAVOR", flavor.label());
    properties.put("PYTORCH_LIBRARY_EXCLUSION", NOT_LOADED);
    cudart.ifPresent(folder -> properties.put(JNA, folder.toString()));
    return properties;
  }

  /**
   * Makes this process' engine use it, which must not have started. Does nothing where {@link
   * #chosen} names another.
   */
  public void apply() {
    if (chosen().isPresent()) {
      return;
    }
    String known = System.getProperty(JNA);
    properties().forEach(System::setProperty);
    cudart
        .filter(folder -> known != null)
        .ifPresent(folder -> System.setProperty(JNA, folder + File.pathSeparator + known));
  }

  /** The folder that the user or another process of Secateur chose for this process. */
  public static Optional<String> chosen() {
    return Optional.ofNullable(System.getenv(LIBRARY))
        .or(() -> Optional.ofNullable(System.getProperty(LIBRARY)));
  }

  /** Lets GPUs be counted with the CUDA runtime beside a library that the environment names. */
  public static void findRuntimeBeside(String library) {
    if (System.getProperty(JNA) == null && Files.isDirectory(Path.of(library))) {
      CudaRuntime.beside(Path.of(library))
          .ifPresent(file -> System.setProperty(JNA, file.getParent().toString()));
    }
  }
}
