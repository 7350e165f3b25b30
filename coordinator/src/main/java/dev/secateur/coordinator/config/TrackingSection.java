package dev.secateur.coordinator.config;

import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Tracking;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code tracking}: the services that receive reports. It changes no result. */
final class TrackingSection {
  private static final int LONGEST_URL = 1_000;
  private static final int LONGEST_NAME = 200;

  /** Variables that a sweep may name: its author must not have others used. */
  private static final Pattern VARIABLE = Pattern.compile("SECATEUR_TRACKING_[A-Z0-9_]{1,64}");

  private static final Kind<String> ADDRESS =
      new Kind<>(String.class, "url", "", value -> address(Kind.text().reading().apply(value)));
  private static final Key<String> MLFLOW =
      Key.of("mlflow", ADDRESS, "address of an MLflow server, which gets a run for each trial");
  private static final Key<String> EXPERIMENT =
      Key.of(
          "experiment",
          new Kind<>(String.class, "name", "", value -> name(Kind.text().reading().apply(value))),
          "the MLflow experiment, created if it does not exist; default: the sweep's `name`");
  private static final Key<String> LINKS =
      Key.of(
          "links",
          ADDRESS,
          "address of the API that MLflow's runs link to for artifacts; without it they show"
              + " paths");
  private static final Key<String> WEBHOOK =
      Key.of(
          "webhook",
          ADDRESS,
          "address that receives a message for each of the first 20 failed trials and for the end"
              + " of the sweep");
  private static final Key<String> SECRET =
      Key.of(
          "secret",
          new Kind<>(
              String.class, "name", "", value -> variable(Kind.text().reading().apply(value))),
          "name (not value) of the coordinators' environment variable that holds the secret"
              + " that signs messages to the webhook, `SECATEUR_TRACKING_...`");

  private TrackingSection() {}

  /**
   * @param name of the sweep
   */
  static Tracking read(Section root, String name) {
    Optional<Section> found =
        root.section(Key.object("tracking", "services to report the sweep to; default: none"));
    if (found.isEmpty()) {
      return Tracking.NONE;
    }
    Section section = found.get();
    Tracking tracking =
        new Tracking(
            section.find(MLFLOW).orElse(""),
            section.find(EXPERIMENT).orElse(name),
            section.find(LINKS).orElse(""),
            section.find(WEBHOOK).orElse(""),
            section.find(SECRET).orElse(""));
    if (!section.has(MLFLOW.name()) && !section.has(WEBHOOK.name())) {
      root.problem("tracking", "has neither 'mlflow' nor 'webhook'");
    } else if (section.has(WEBHOOK.name()) && !section.has(SECRET.name())) {
      section.problem(
          SECRET.name(),
          "is missing; it is the name of the environment variable that holds the webhook's secret,"
              + " such as SECATEUR_TRACKING_SECRET, without ${}");
    }
    section.finish();
    return tracking;
  }

  private static String address(String text) {
    try {
      URI uri = new URI(text);
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (web && uri.getHost() != null && text.length() <= LONGEST_URL) {
        if (uri.getUserInfo() != null) {
          throw new InputException(
              "has a user or password in it, which would be stored with the sweep; remove it");
        } else if (uri.getFragment() == null) {
          return text;
        }
      }
    } catch (URISyntaxException e) {
      // told below
    }
    throw new InputException(
        "is '" + OneLine.of(text, 100) + "'; it is an address such as https://mlflow.example:5000");
  }

  private static String name(String text) {
    if (text.length() > LONGEST_NAME) {
      throw new InputException("has " + text.length() + " characters; allowed are " + LONGEST_NAME);
    }
    PlainText.invisible(text)
        .ifPresent(
            fault -> {
              throw new InputException(fault);
            });
    return text;
  }

  /** What is no name of a variable may be the secret itself, and is not repeated. */
  private static String variable(String text) {
    if (!VARIABLE.matcher(text).matches()) {
      throw new InputException(
          "is not the name of an environment variable that begins with SECATEUR_TRACKING_; the"
              + " secret itself does not belong here, since configurations are stored");
    }
    return text;
  }
}
