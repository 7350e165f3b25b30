package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import dev.secateur.protocol.InputException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Configurations as text. */
final class Hocon {
  private static final ConfigIncluder NO_INCLUDES = new NoIncludes();
  private static final int LONGEST = 500;

  private Hocon() {}

  /**
   * The whole of a configuration. It stands for itself: {@link Includes} has put other files into
   * it, and no variable of the environment is looked at, since it may come from another machine.
   *
   * @throws InputException when the text is not HOCON, too large, or cut by a comment
   */
  static ConfigObject parse(String text, String file, Problems problems) {
    HoconScan.check(text, Limits.DEFAULT, problems);
    problems.throwIfAny();
    try {
      return ConfigFactory.parseString(
              text,
              ConfigParseOptions.defaults()
                  .setSyntax(ConfigSyntax.CONF)
                  .setIncluder(NO_INCLUDES)
                  .setOriginDescription(file))
          .resolve(ConfigResolveOptions.noSystem())
          .root();
    } catch (ConfigException e) {
      throw new InputException(OneLine.of(told(e, file, problems), LONGEST), e);
    }
  }

  /** What the parser says, with file and line as in all other messages. */
  private static String told(ConfigException e, String file, Problems problems) {
    String message = e.getMessage().lines().findFirst().orElse("");
    Matcher line = Pattern.compile(Pattern.quote(file) + ": (\\d{1,9}): ").matcher(message);
    if (line.lookingAt()) {
      return problems.place(Integer.parseInt(line.group(1))) + ": " + message.substring(line.end());
    }
    return message.startsWith(file + ": ") ? message : file + ": " + message;
  }
}
