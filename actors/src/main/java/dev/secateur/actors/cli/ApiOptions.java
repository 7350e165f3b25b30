package dev.secateur.actors.cli;

import dev.secateur.actors.client.Addresses;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of every command that talks to a running coordinator. */
final class ApiOptions {
  @Option(
      names = "--url",
      paramLabel = "URL[,URL...]",
      description = {
        "The coordinator's API (default: $SECATEUR_URL, else " + Addresses.LOCAL + ").",
        "With several (URL,URL,...), the next is tried if one does not answer, for up to 60 s"
            + " in all."
      })
  private String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "File with a bearer token (default: $SECATEUR_TOKEN).")
  private Path tokenFile;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "Certificate of the authority to trust for https (default: $SECATEUR_CA).")
  private Path authority;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  ApiClient client() {
    return ApiClient.of(addresses(), token(), authority(), this::say);
  }

  private Addresses addresses() {
    return url != null
        ? Addresses.of("--url", url)
        : Addresses.of(
            "SECATEUR_URL", System.getenv().getOrDefault("SECATEUR_URL", Addresses.LOCAL));
  }

  private void say(String line) {
    PrintWriter talk = spec.commandLine().getErr();
    talk.println("secateur: " + line);
    talk.flush();
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
