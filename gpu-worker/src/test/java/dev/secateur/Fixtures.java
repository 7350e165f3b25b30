package dev.secateur;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where tests find what they compare with. */
public final class Fixtures {
  private Fixtures() {}

  /** A file or folder of this module's test resources. */
  public static Path resource(String name) {
    try {
      return Path.of(Fixtures.class.getResource("/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The folder of fixtures that are not committed, beside the project; tests that want it skip
   * where it is absent.
   */
  public static Path shared() {
    return Path.of(System.getProperty("secateur.root", "..")).resolve("../shared").normalize();
  }

  /** Whether a file of {@link #shared()} is there. */
  public static boolean hasShared(String name) {
    return Files.exists(shared().resolve(name));
  }
}
