using System.Text;
using Millrace.Connectors;
using Millrace.Serialization;

namespace Millrace.FolderLog.Tests;

/// <summary>Writes a folder log, each task a partition of its own, at least once.</summary>
public sealed class FolderLogSink(string folder) : IDurableSink<string>
{
    public DurableSinkGuarantee Guarantee => DurableSinkGuarantee.AtLeastOnce;

    public IReadOnlyList<Topic> Topics => [FolderLog.TopicOf(folder)];

    public void Validate(ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (File.Exists(folder))
        {
            errors.Add($"FolderLogSink writes '{folder}', which is a file, expected a folder; correct the path.");
        }
    }

    public void Encode(string value, long timestamp, DataWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.WriteRaw(Encoding.UTF8.GetBytes(value));
    }

    public IDurableSinkSender CreateSender(ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new Sender(folder, context.TaskIndex);
    }

    private sealed class Sender(string folder, int partition) : IDurableSinkSender
    {
        public async Task SendAsync(IReadOnlyList<DurableSinkRecord> records, CancellationToken cancellationToken)
        {
            long next = FolderLog.NumbersOf(folder, partition) is [.., long last] ? last + 1 : 0;
            foreach (DurableSinkRecord record in records)
            {
                // Readers see a file when it has its name, and then it is whole. Another process of the same task may have taken it.
                string file = FolderLog.FileOf(folder, partition, next++);
                string written = file + ".new";
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                await File.WriteAllBytesAsync(written, record.Data, cancellationToken).ConfigureAwait(false);
                File.Move(written, file, overwrite: false);
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
