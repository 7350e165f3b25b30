package dev.secateur.actors.cli;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.coordinator.http.Tokens;
import dev.secateur.protocol.InputException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur token}: a bearer token for the API. */
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    description = {
      "Creates a bearer token, prints it, and adds its hash to a file of tokens.",
      "Set secateur.http.tokens of the coordinators to this file. To revoke a token, remove"
          + " its line."
    })
final class TokenCommand implements Callable<Integer> {
  private static final int BYTES = 32;

  @Parameters(paramLabel = "FILE", description = "File of tokens; created if it does not exist.")
  private Path file;

  @Option(
      names = "--days",
      paramLabel = "N",
      description = "Days until the token expires (default: never).")
  private Integer days;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Name of its user, who becomes the owner of sweeps submitted with it.")
  private String name;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (days != null && days < 1) {
      throw new InputException("--days is " + days + "; it must be at least 1");
    }
    byte[] secret = new byte[BYTES];
    new SecureRandom().nextBytes(secret);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    Optional<Instant> expires =
        Optional.ofNullable(days).map(n -> Instant.now().plus(Duration.ofDays(n)));
    String known = Files.isRegularFile(file) ? Files.readString(file) : "";
    String all = known + Tokens.line(token, expires, Optional.ofNullable(name)) + "\n";
    AtomicFile.writeSecret(file, all.getBytes(StandardCharsets.UTF_8));
    PrintWriter out = spec.commandLine().getOut();
    out.println(token);
    out.flush();
    return 0;
  }
}
