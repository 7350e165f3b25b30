package dev.secateur.hub;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where the hub is and where its files are kept, by the environment variables that other tools of
 * the hub use.
 *
 * @param endpoint {@code HF_ENDPOINT}
 * @param access by {@code HF_TOKEN}, or by what {@code HF_TOKEN_PATH} or {@code $HF_HOME/token}
 *     holds
 * @param cache {@code HF_HUB_CACHE}, or {@code $HF_HOME/hub}, or {@code ~/.cache/huggingface/hub}
 * @param offline {@code HF_HUB_OFFLINE}
 */
public record HubSettings(URI endpoint, Access access, Path cache, boolean offline) {
  /** Who asks the hub. */
  public sealed interface Access {
    /** Nobody in particular, who sees public repositories. */
    record Anonymous() implements Access {}

    /** The owner of a token. */
    record Token(String secret) implements Access {
      /** Without the secret, which must reach no log. */
      @Override
      public String toString() {
        return "Token[]";
      }
    }
  }

  private static final Set<String> TRUE = Set.of("1", "true", "yes", "on");

  /**
   * @throws InputException when the endpoint is no address
   */
  public static HubSettings of(Map<String, String> environment) {
    Path home =
        set(environment, "HF_HOME")
            .map(Path::of)
            .orElseGet(
                () ->
                    set(environment, "XDG_CACHE_HOME")
                        .map(Path::of)
                        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"))
                        .resolve("huggingface"));
    return new HubSettings(
        endpoint(set(environment, "HF_ENDPOINT").orElse("https://huggingface.co")),
        set(environment, "HF_TOKEN")
            .or(() -> stored(environment, home))
            .<Access>map(Access.Token::new)
            .orElse(new Access.Anonymous()),
        set(environment, "HF_HUB_CACHE").map(Path::of).orElse(home.resolve("hub")),
        TRUE.contains(environment.getOrDefault("HF_HUB_OFFLINE", "").toLowerCase(Locale.ROOT)));
  }

  private static Optional<String> set(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name))
        .map(String::strip)
        .filter(value -> !value.isEmpty());
  }

  private static URI endpoint(String text) {
    try {
      URI endpoint = new URI(text.replaceFirst("/+$", ""));
      if (endpoint.getHost() != null && Set.of("http", "https").contains(endpoint.getScheme())) {
        return endpoint;
      }
    } catch (URISyntaxException e) {
      // told below
    }
    throw new InputException("HF_ENDPOINT is '" + text + "', no http or https address");
  }

  private static Optional<String> stored(Map<String, String> environment, Path home) {
    Path file = set(environment, "HF_TOKEN_PATH").map(Path::of).orElse(home.resolve("token"));
    try {
      return Files.isReadable(file)
          ? Optional.of(Files.readString(file).strip()).filter(token -> !token.isEmpty())
          : Optional.empty();
    } catch (IOException e) {
      throw new InputException(file + ": can't be read: " + e.getMessage(), e);
    }
  }

  /** Without the token, which must reach no log. */
  @Override
  public String toString() {
    return "HubSettings[" + endpoint + ", " + cache + (offline ? ", offline]" : "]");
  }
}
