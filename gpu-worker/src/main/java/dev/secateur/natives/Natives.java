package dev.secateur.natives;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A libtorch for the engine. */
public final class Natives {
  private static final String LIBRARY = "PYTORCH_LIBRARY_PATH";
  private static final String JNA = "jna.library.path";

  /** Of Python's packages: DJL loads each library of the folder, and nobody needs these. */
  private static final String NOT_LOADED =
      "libshm.so,libbackend_with_compiler.so,libjitbackend_test.so,libtorchbind_test.so,"
          + "libaoti_custom_ops.so,libc10d_cuda_test.so";

  private final String version;
  private final Flavor flavor;
  private final String cuda; // null where it is unknown
  private final Path library;
  private final Path cudart; // null where there is none
  private final String from;

  /**
   * @param cuda the version of CUDA it was built for, if known
   * @param library the folder that holds libtorch.so
   * @param cudart a folder in which the CUDA runtime is called libcudart.so, if there is one
   * @param from its origin, for display
   */
  Natives(
      String version,
      Flavor flavor,
      Optional<String> cuda,
      Path library,
      Optional<Path> cudart,
      String from) {
    this.version = version;
    this.flavor = flavor;
    this.cuda = cuda.orElse(null);
    this.library = library;
    this.cudart = cudart.orElse(null);
    this.from = from;
  }

  public String version() {
    return version;
  }

  public Flavor flavor() {
    return flavor;
  }

  /** The version of CUDA it was built for, if known. */
  public Optional<String> cuda() {
    return Optional.ofNullable(cuda);
  }

  /** The folder that holds libtorch.so. */
  public Path library() {
    return library;
  }

  /** A folder in which the CUDA runtime is called libcudart.so, if there is one. */
  public Optional<Path> cudart() {
    return Optional.ofNullable(cudart);
  }

  /** Its origin, for display. */
  public String from() {
    return from;
  }

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
    cudart().ifPresent(folder -> properties.put(JNA, folder.toString()));
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
    cudart()
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

  @Override
  public boolean equals(Object other) {
    return other instanceof Natives natives && parts().equals(natives.parts());
  }

  @Override
  public int hashCode() {
    return parts().hashCode();
  }

  private List<Object> parts() {
    return Arrays.asList(version, flavor, cuda, library, cudart, from);
  }
}
