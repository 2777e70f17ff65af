import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.Option;
import com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider;
import com.jayway.jsonpath.spi.json.JsonProvider;
import com.jayway.jsonpath.spi.mapper.JacksonMappingProvider;
import com.jayway.jsonpath.spi.mapper.MappingProvider;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;

/** Answers a line {"path", "document"} with a line {"isDefinite", "value"} or {"error", "reason"}. */
public class JsonPathPeer {
  public static void main(String[] arguments) throws Exception {
    final ObjectMapper mapper = new ObjectMapper();
    final JsonProvider provider = new JacksonJsonNodeJsonProvider();
    final MappingProvider mapping = new JacksonMappingProvider();
    Configuration.setDefaults(new Configuration.Defaults() {
      public JsonProvider jsonProvider() { return provider; }
      public MappingProvider mappingProvider() { return mapping; }
      public Set<Option> options() { return EnumSet.noneOf(Option.class); }
    });
    Configuration configuration = Configuration.defaultConfiguration();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, "UTF-8");
    for (String line; (line = in.readLine()) != null;) {
      JsonNode asked = mapper.readTree(line);
      ObjectNode answer = mapper.createObjectNode();
      boolean isCompiled = false;
      try {
        JsonPath path = JsonPath.compile(asked.get("path").asText());
        isCompiled = true;
        answer.put("isDefinite", path.isDefinite());
        Object value = path.read((Object) asked.get("document"), configuration);
        answer.set("value", mapper.<JsonNode>valueToTree(value));
      } catch (RuntimeException error) {
        answer.put("error", isCompiled ? error.getClass().getSimpleName() : "refused");
        if (isCompiled) answer.put("reason", String.valueOf(error.getMessage()));
      }
      out.println(mapper.writeValueAsString(answer));
    }
    out.flush();
  }
}
