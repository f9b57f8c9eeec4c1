using System.Globalization;
using Millrace.Connectors;

namespace Millrace.Embedded.Views;

/// <summary>For files and pipes: a line per job and sample, and the results as they come.</summary>
internal sealed class LineView(TextWriter output, RecentLines results, RecentLines events) : IView
{
    public void Show(IReadOnlyList<JobSample> samples)
    {
        foreach (string line in events.Drain())
        {
            output.WriteLine(line);
        }

        foreach (JobSample sample in samples)
        {
            output.WriteLine(Line(sample));
            foreach (ConnectorWait wait in sample.Metrics.Waiting)
            {
                output.WriteLine($"  {sample.Job.Title} {wait}");
            }
        }

        foreach (string line in results.Drain())
        {
            output.WriteLine("  " + line);
        }

        output.Flush();
    }

    private static string Line(JobSample s) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{s.Now.UtcDateTime:HH:mm:ss} {s.Job.Title}: {s.Metrics.Status}, in {Format.Count(s.RecordsInPerSecond)} records/s "
                + $"{Format.Megabytes(s.MegabytesInPerSecond)} MB/s, "
                + $"out {Format.Count(s.RecordsOutPerSecond)} records/s {Format.Megabytes(s.MegabytesOutPerSecond)} MB/s, total "
                + $"{s.Metrics.RecordsIn}/{s.Metrics.RecordsOut}, errors "
                + $"{s.Metrics.Errors}{(s.Metrics.RecordsAhead > 0 ? $", ahead {s.Metrics.RecordsAhead}" : "")}, "
                + $"watermark {Format.Time(s.Metrics.Watermark)} lag {Format.Span(s.WatermarkLag)}, windows {s.Metrics.OpenWindows}, "
                + $"checkpoint {s.Metrics.LastCheckpointId} age {Format.Span(s.CheckpointAge)} size "
                + $"{Format.Bytes(s.Metrics.LastCheckpointSize)} took {Format.Span(s.Metrics.LastCheckpointDuration)}, "
                + $"restarts "
                + $"{s.Metrics.Restarts}{(s.Metrics.LastFailure is { } failure ? " (" + failure.ReplaceLineEndings(" ") + ")" : "")}"
        );
}
