package dev.secateur.hub;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** A process that wants hf:owner/name of a hub in a cache. */
final class DownloadingProcess {
  private DownloadingProcess() {}

  static Process start(URI endpoint, Path cache) throws java.io.IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            DownloadingProcess.class.getName(),
            endpoint.toString(),
            cache.toString())
        .inheritIO()
        .start();
  }

  public static void main(String[] arguments) {
    HubSettings settings =
        new HubSettings(
            URI.create(arguments[0]),
            new HubSettings.Access.Anonymous(),
            Path.of(arguments[1]),
            false);
    new Hub(settings, (file, done, all) -> {}, Duration.ofMillis(10))
        .model(HubReference.parse("hf:owner/name"));
  }
}
