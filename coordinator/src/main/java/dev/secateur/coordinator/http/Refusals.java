package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpEntity;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.AllDirectives;
import akka.http.javadsl.server.ExceptionHandler;
import akka.http.javadsl.server.RejectionHandler;
import akka.http.javadsl.server.Route;
import dev.secateur.coordinator.config.OneLine;
import java.util.function.Supplier;

/**
 * Answers every failed request with the API's own body for errors: requests that {@link
 * RequestCheck} refuses, that match no route, that fail, or that take too long.
 */
final class Refusals extends AllDirectives {
  private static final int LONGEST = 300;

  private final RequestCheck check;

  Refusals(RequestCheck check) {
    this.check = check;
  }

  Route around(Supplier<Route> routes) {
    return withRequestTimeoutResponse(
        request -> tooLong(), () -> answering(() -> checking(routes)));
  }

  private static HttpResponse tooLong() {
    return Responses.problems(
        StatusCodes.SERVICE_UNAVAILABLE, "the coordinator took too long to answer");
  }

  /** Answers what routes reject, and their failures. */
  private Route answering(Supplier<Route> inner) {
    RejectionHandler rejections =
        RejectionHandler.defaultHandler().mapRejectionResponse(Refusals::told);
    ExceptionHandler failures =
        ExceptionHandler.newBuilder()
            .matchAny(failure -> complete(Responses.failed(failure)))
            .build();
    return handleRejections(rejections, () -> handleExceptions(failures, inner));
  }

  private Route checking(Supplier<Route> inner) {
    return extractRequest(request -> check.refusal(request).map(this::complete).orElseGet(inner));
  }

  /** The same status and headers, and what the framework said as a mistake. */
  private static HttpResponse told(HttpResponse rejection) {
    String said =
        rejection.entity() instanceof HttpEntity.Strict text
            ? text.getData().utf8String()
            : rejection.status().reason();
    StatusCode status =
        said.contains("missing required query parameter")
            ? StatusCodes.BAD_REQUEST // the framework's is 404
            : rejection.status();
    HttpResponse answer = Responses.problems(status, OneLine.of(said, LONGEST));
    return answer.withHeaders(rejection.getHeaders());
  }
}
