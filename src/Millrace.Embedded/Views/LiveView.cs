using Spectre.Console;
using Spectre.Console.Rendering;

namespace Millrace.Embedded.Views;

/// <summary>For terminals: a table of the jobs, redrawn in place, over the latest results and events.</summary>
internal sealed class LiveView(LiveDisplayContext context, string title, RecentLines results, RecentLines events) : IView
{
    public void Show(IReadOnlyList<JobSample> samples)
    {
        List<IRenderable> parts = [JobTable(samples)];
        parts.Add(Panel("Latest results", results.Snapshot()));
        IReadOnlyList<string> failures =
        [
            .. events.Snapshot(),
            .. samples.SelectMany(sample => sample.Metrics.Waiting.Select(wait => $"{sample.Job.Title} {wait}")),
            .. samples
                .Where(sample => sample.Metrics.LastFailure is not null)
                .Select(sample => $"{sample.Job.Title}: {sample.Metrics.LastFailure!.ReplaceLineEndings(" ")}"),
        ];
        if (failures.Count > 0)
        {
            parts.Add(Panel("Events", failures));
        }

        parts.Add(new Text("Ctrl-C stops.", new Style(decoration: Decoration.Dim)));
        context.UpdateTarget(new Rows(parts));
        context.Refresh();
    }

    private Table JobTable(IReadOnlyList<JobSample> samples)
    {
        Table table = new Table().Title(Markup.Escape(title)).Border(TableBorder.Rounded).Expand();
        table.AddColumn("Job");
        foreach (
            string column in (string[])
                ["In rec/s", "MB/s", "Out rec/s", "MB/s", "Watermark", "Lag", "Windows", "Checkpoint", "Size", "Took", "Errors", "Restarts"]
        )
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (JobSample s in samples)
        {
            table.AddRow(
                new Text(
                    s.Job.Title,
                    new Style(
                        s.Metrics.Status switch
                        {
                            Runtime.JobStatus.Running or Runtime.JobStatus.Finished => Color.Green,
                            _ => Color.Red,
                        }
                    )
                ),
                new Text(Format.Count(s.RecordsInPerSecond)),
                new Text(Format.Megabytes(s.MegabytesInPerSecond)),
                new Text(Format.Count(s.RecordsOutPerSecond)),
                new Text(Format.Megabytes(s.MegabytesOutPerSecond)),
                new Text(Format.Time(s.Metrics.Watermark)),
                new Text(Format.Span(s.WatermarkLag)),
                new Text(Format.Count(s.Metrics.OpenWindows)),
                new Text(s.CheckpointAge is { } age ? Format.Span(age) + " ago" : "-"),
                new Text(Format.Bytes(s.Metrics.LastCheckpointSize)),
                new Text(Format.Span(s.Metrics.LastCheckpointDuration)),
                new Text(Format.Count(s.Metrics.Errors)),
                new Text(Format.Count(s.Metrics.Restarts))
            );
        }

        return table;
    }

    private static Panel Panel(string header, IReadOnlyList<string> lines)
    {
        // Two columns of frame and padding on either side; a line that wraps would push the table out of sight.
        int width = Math.Max(AnsiConsole.Profile.Width - 4, 10);
        Rows rows = new(lines.Select(line => new Text(line.Length > width ? string.Concat(line.AsSpan(0, width - 1), "…") : line)));
        return new Panel(rows)
        {
            Header = new PanelHeader(header),
            Expand = true,
            Border = BoxBorder.Rounded,
        };
    }
}
