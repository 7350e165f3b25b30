package dev.secateur.actors.node;

import dev.secateur.protocol.InputException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The address of a cluster node to join. */
public record Seed(String host, int port) {
  private static final Pattern FORM = Pattern.compile("(\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]]+):(\\d+)");
  private static final int MOST = 65_535;

  /**
   * @throws InputException when it is no HOST:PORT
   */
  public static Seed of(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches() || parts.group(2).length() > 5) {
      throw wrong(text);
    }
    int port = Integer.parseInt(parts.group(2));
    if (port < 1 || port > MOST) {
      throw wrong(text);
    }
    return new Seed(parts.group(1), port);
  }

  private static InputException wrong(String text) {
    return new InputException(
        "--seed '" + text + "': give HOST:PORT of a coordinator, such as 10.0.0.1:25520");
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
