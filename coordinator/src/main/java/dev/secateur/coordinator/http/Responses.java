package dev.secateur.coordinator.http;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.scaladsl.model.EntityStreamSizeException;
import akka.http.scaladsl.model.ExceptionWithErrorInfo;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.secateur.coordinator.config.OneLine;
import dev.secateur.protocol.CoordinatorProtocol;
import dev.secateur.protocol.CoordinatorProtocol.Directed;
import dev.secateur.protocol.CoordinatorProtocol.Submitted;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepId;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.LoggerFactory;

/** The responses of the API: JSON, and for errors the status and one line per mistake. */
final class Responses {
  static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(new Jdk8Module())
          .registerModule(new JavaTimeModule())
          .addMixIn(SweepId.class, Plain.class)
          .addMixIn(StageKey.class, Plain.class)
          .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);

  /** A name that stands as text, not as an object around it. */
  private interface Plain {
    @JsonValue
    String value();
  }

  private static final int LONGEST = 300;

  private Responses() {}

  /** The sweep that a submission is, new or known. */
  sealed interface Accepted {
    static Accepted of(Submitted submitted) {
      return submitted.verdict() instanceof CoordinatorProtocol.Verdict.Known known
          ? new Known(submitted.sweep(), submitted.runFolder(), known.name(), known.priority())
          : new Created(submitted.sweep(), submitted.runFolder());
    }
  }

  /**
   * The sweep is new.
   *
   * @param runFolder on the coordinator's machine
   */
  @JsonPropertyOrder({"sweep", "resumed", "runFolder"})
  record Created(SweepId sweep, String runFolder) implements Accepted {
    @JsonProperty
    boolean resumed() {
      return false;
    }
  }

  /**
   * The sweep was there already, with that name and priority.
   *
   * @param runFolder on the coordinator's machine
   */
  @JsonPropertyOrder({"sweep", "resumed", "runFolder", "name", "priority"})
  record Known(SweepId sweep, String runFolder, String name, int priority) implements Accepted {
    @JsonProperty
    boolean resumed() {
      return true;
    }
  }

  /** That something was done, in words. */
  record Done(String done) {}

  /** A line to each mistake. */
  record Errors(List<String> errors) {}

  static HttpResponse accepted(Submitted submitted) {
    return json(submitted.resumed() ? StatusCodes.OK : StatusCodes.CREATED, Accepted.of(submitted));
  }

  static HttpResponse directed(Directed answer) {
    return answer.done()
        ? json(StatusCodes.OK, new Done(answer.message()))
        : problems(StatusCodes.CONFLICT, answer.message());
  }

  static HttpResponse failed(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof InputException) {
      return json(StatusCodes.BAD_REQUEST, new Errors(cause.getMessage().lines().toList()));
    } else if (cause instanceof NotTakenException) {
      return problems(StatusCodes.CONFLICT, cause.getMessage());
    } else if (cause instanceof TimeoutException) {
      return problems(StatusCodes.SERVICE_UNAVAILABLE, "the coordinator does not answer")
          .addHeader(RawHeader.create("Retry-After", "5"));
    } else if (cause instanceof ExceptionWithErrorInfo unreadable) {
      StatusCode status =
          cause instanceof EntityStreamSizeException
              ? StatusCodes.CONTENT_TOO_LARGE
              : StatusCodes.BAD_REQUEST;
      return problems(status, OneLine.of(unreadable.info().summary(), LONGEST));
    }
    LoggerFactory.getLogger(Responses.class).warn("a request failed", cause);
    return problems(StatusCodes.INTERNAL_SERVER_ERROR, "the request failed; the log says why");
  }

  static HttpResponse ok(Object value) {
    return json(StatusCodes.OK, value);
  }

  static HttpResponse problems(StatusCode status, String problem) {
    return json(status, new Errors(List.of(problem)));
  }

  /** Of what is named and not there. */
  static HttpResponse missing(String problem) {
    return problems(StatusCodes.NOT_FOUND, OneLine.of(problem, LONGEST));
  }

  static HttpResponse noSweep(SweepId sweep) {
    return missing("no sweep " + sweep.value());
  }

  static HttpResponse json(StatusCode status, Object value) {
    try {
      return HttpResponse.create()
          .withStatus(status)
          .withEntity(ContentTypes.APPLICATION_JSON, JSON.writeValueAsString(value) + "\n");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  static HttpResponse text(StatusCode status, String text) {
    return HttpResponse.create().withStatus(status).withEntity(ContentTypes.TEXT_PLAIN_UTF8, text);
  }

  /** A file of a run folder. */
  static HttpResponse file(String name, byte[] content) {
    return bytes(type(name), content);
  }

  /** JSON as it was read. */
  static HttpResponse json(byte[] content) {
    return bytes(ContentTypes.APPLICATION_JSON, content);
  }

  private static HttpResponse bytes(ContentType type, byte[] content) {
    return HttpResponse.create().withEntity(HttpEntities.create(type, content));
  }

  /** What a file of a run folder holds, by its name. */
  private static ContentType type(String name) {
    String ending = name.substring(name.lastIndexOf('.') + 1);
    return switch (ending) {
      case "json" -> ContentTypes.APPLICATION_JSON;
      case "csv" -> ContentTypes.TEXT_CSV_UTF8;
      default ->
          name.endsWith(".md") || name.endsWith(".conf")
              ? ContentTypes.TEXT_PLAIN_UTF8
              : ContentTypes.APPLICATION_OCTET_STREAM;
    };
  }
}
