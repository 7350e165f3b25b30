package dev.secateur.coordinator.http;

import akka.event.LoggingAdapter;
import akka.http.ParsingErrorHandler;
import akka.http.javadsl.model.HttpResponse;
import akka.http.scaladsl.model.ErrorInfo;
import akka.http.scaladsl.model.StatusCode;
import akka.http.scaladsl.settings.ServerSettings;
import dev.secateur.coordinator.config.OneLine;

/**
 * Answers requests that are not valid HTTP in the same form as all other mistakes. Named in the
 * settings of Akka HTTP, which looks for a Scala object, hence {@code MODULE$}.
 */
public final class ParsingErrors extends ParsingErrorHandler {
  /** The instance. */
  public static final ParsingErrors MODULE$ = new ParsingErrors();

  private static final int LONGEST = 300;

  private ParsingErrors() {}

  @Override
  public HttpResponse handle(
      StatusCode status, ErrorInfo error, LoggingAdapter log, ServerSettings settings) {
    return Responses.problems(status, OneLine.of(error.summary(), LONGEST));
  }
}
