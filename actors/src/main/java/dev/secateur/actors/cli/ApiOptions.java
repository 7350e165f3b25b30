package dev.secateur.actors.cli;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of every command that speaks to a running coordinator. */
final class ApiOptions {
  private static final String DEFAULT_URL = "http://127.0.0.1:7420";

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The coordinator's API (default: $SECATEUR_URL, else " + DEFAULT_URL + ").")
  private String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "A file with a bearer token (default: $SECATEUR_TOKEN).")
  private Path tokenFile;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description =
          "The authority that an https coordinator is trusted by (default: $SECATEUR_CA).")
  private Path authority;

  ApiClient client() {
    String address =
        Optional.ofNullable(url)
            .or(() -> Optional.ofNullable(System.getenv("SECATEUR_URL")))
            .orElse(DEFAULT_URL);
    try {
      URI base = URI.create(address.replaceFirst("/+$", ""));
      if (base.getHost() != null) {
        return new ApiClient(base, token(), authority());
      }
    } catch (IllegalArgumentException e) {
      // told below
    }
    throw new InputException("--url is '" + address + "'; it is like " + DEFAULT_URL);
  }

  private Optional<Path> authority() {
    return Optional.ofNullable(authority)
        .or(() -> Optional.ofNullable(System.getenv("SECATEUR_CA")).map(Path::of));
  }

  private Optional<String> token() {
    if (tokenFile == null) {
      return Optional.ofNullable(System.getenv("SECATEUR_TOKEN")).map(String::strip);
    }
    try {
      return Optional.of(Files.readString(tokenFile).strip());
    } catch (IOException e) {
      throw new InputException(tokenFile + ": the token can't be read: " + e.getMessage(), e);
    }
  }
}
