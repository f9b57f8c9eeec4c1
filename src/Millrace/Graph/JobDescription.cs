using System.Text;
using System.Text.Json;
using Millrace.Connectors;

namespace Millrace.Graph;

/// <summary>Describes a job's graph for people and tools.</summary>
internal static class JobDescription
{
    public static string ToText(JobGraph graph)
    {
        StringBuilder text = new();
        text.Append("Job ").Append(graph.Name).Append(" (maxParallelism ").Append(graph.MaxParallelism).AppendLine(")");
        foreach (Stage stage in graph.Stages)
        {
            text.Append("  Stage ").Append(stage.Index).Append(" (parallelism ").Append(stage.Parallelism).AppendLine(")");
            foreach (StreamNode node in stage.Nodes)
            {
                text.Append("    ").Append(node.Name).Append(" [").Append(graph.UidOf(node)).Append(']');
                if (node.Topics.Count > 0)
                {
                    text.Append(node.Kind == NodeKind.Source ? " reads " : " writes ").AppendJoin(", ", node.Topics);
                }

                if (node.Source?.DeadLetterTopic is { } letters)
                {
                    text.Append(", dead letters to ").Append(letters);
                }

                text.AppendLine();
            }

            foreach (StreamEdge edge in stage.OutputEdges)
            {
                text.Append("    --")
                    .Append(Label(edge))
                    .Append("--> stage ")
                    .Append(graph.StageOf(edge.To).Index)
                    .Append(' ')
                    .AppendLine(edge.To.Name);
            }
        }

        return text.ToString();
    }

    public static string ToMermaid(JobGraph graph)
    {
        StringBuilder text = new("flowchart LR\n");
        foreach (Stage stage in graph.Stages)
        {
            text.Append("  subgraph s")
                .Append(stage.Index)
                .Append("[\"stage ")
                .Append(stage.Index)
                .Append(" x")
                .Append(stage.Parallelism)
                .Append("\"]\n");
            foreach (StreamNode node in stage.Nodes)
            {
                text.Append("    n")
                    .Append(node.Id)
                    .Append("[\"")
                    .Append(LabelOf(node).Replace("\"", "#quot;", StringComparison.Ordinal))
                    .Append("\"]\n");
                if (node.IsDeadLetterSink)
                {
                    text.Append("    n").Append(stage.Nodes[0].Id).Append(" -.-> n").Append(node.Id).Append('\n');
                }
                else if (node.Source?.DeadLetterTopic is { } topic && !stage.Nodes.Exists(static each => each.TakesUnreadable))
                {
                    string letters = topic.ToString().Replace("\"", "#quot;", StringComparison.Ordinal);
                    text.Append("    n")
                        .Append(node.Id)
                        .Append(" -.-> d")
                        .Append(node.Id)
                        .Append("[\"Dead letters: ")
                        .Append(letters)
                        .Append("\"]\n");
                }
            }

            text.Append("  end\n");
        }

        foreach (StreamEdge edge in graph.Nodes.SelectMany(node => node.Inputs))
        {
            text.Append("  n").Append(edge.From.Id).Append(" -->|").Append(Label(edge)).Append("| n").Append(edge.To.Id).Append('\n');
        }

        return text.ToString();
    }

    private static string LabelOf(StreamNode node) =>
        node.IsDeadLetterSink && node.Topics.Count > 0 ? "Dead letters: " + string.Join(", ", node.Topics) : node.Name;

    public static string ToJson(JobGraph graph)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("job", graph.Name);
            json.WriteNumber("maxParallelism", graph.MaxParallelism);
            json.WriteStartArray("stages");
            foreach (Stage stage in graph.Stages)
            {
                WriteStage(json, graph, stage);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteStage(Utf8JsonWriter json, JobGraph graph, Stage stage)
    {
        json.WriteStartObject();
        json.WriteNumber("index", stage.Index);
        json.WriteString("uid", stage.Uid);
        json.WriteNumber("parallelism", stage.Parallelism);
        json.WriteStartArray("operators");
        foreach (StreamNode node in stage.Nodes)
        {
            json.WriteStartObject();
            json.WriteString("uid", graph.UidOf(node));
            json.WriteString("name", node.Name);
            json.WriteString("kind", node.Kind.ToString());
            json.WriteBoolean("stateful", node.IsStateful);
            json.WriteStartArray("resources");
            foreach (Topic topic in node.Topics)
            {
                json.WriteStringValue(topic.ToString());
            }

            json.WriteEndArray();
            if (node.Source?.DeadLetterTopic is { } letters)
            {
                json.WriteStartArray("deadLetters");
                json.WriteStringValue(letters.ToString());
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("outputs");
        foreach (StreamEdge edge in stage.OutputEdges)
        {
            json.WriteStartObject();
            json.WriteNumber("stage", graph.StageOf(edge.To).Index);
            json.WriteString("from", graph.UidOf(edge.From));
            json.WriteString("to", graph.UidOf(edge.To));
            json.WriteString("partitioning", edge.PartitioningName);
            json.WriteString("sideOutput", edge.SideTag);
            json.WriteString("type", edge.RecordType.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Label(StreamEdge edge) =>
        edge.SideTag is null ? edge.PartitioningName : $"{edge.PartitioningName}:{edge.SideTag}";
}
