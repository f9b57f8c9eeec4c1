using System.Globalization;
using System.Text;
using Millrace.Batches;

namespace Millrace.Errors;

/// <summary>
/// A function of the job threw. Names the operator and, as far as they are known, the record and where it came from; the inner exception is
/// the function's own.
/// </summary>
public sealed class UserCodeException : Exception
{
    private readonly string? _subject;
    private readonly string _detail = "";
    private string? _range;

    /// <summary>Creates the exception.</summary>
    public UserCodeException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    public UserCodeException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">What the function threw.</param>
    public UserCodeException(string message, Exception innerException)
        : base(message, innerException) { }

    /// <param name="uid">Uid of the operator.</param>
    /// <param name="name">Name of the operator.</param>
    /// <param name="subject">What it failed on, without an origin: "a record".</param>
    /// <param name="detail">What is known of it, as sentences.</param>
    /// <param name="cause">What the function threw.</param>
    internal UserCodeException(string uid, string name, string subject, string detail, Exception cause)
        : base(null, cause)
    {
        (OperatorUid, OperatorName, _subject, _detail) = (uid, name, subject, detail);
    }

    /// <summary>Uid of the operator.</summary>
    public string OperatorUid { get; } = "";

    /// <summary>Name of the operator.</summary>
    public string OperatorName { get; } = "";

    /// <summary>Topic that the record came from; <see langword="null"/> = not known, or the source reads no topics.</summary>
    public string? Topic => Origin.Split?.Topic;

    /// <summary>Partition that the record came from; -1 = not known.</summary>
    public int Partition => Topic is null ? -1 : Origin.Split!.Partition;

    /// <summary>Offset of the record in its partition, or in its split where the source reads no topics; -1 = not known.</summary>
    public long Offset => Origin.IsKnown ? Origin.Offset : -1;

    /// <inheritdoc/>
    public override string Message => _subject is null ? base.Message : Describe();

    /// <summary>Where the record came from, once that is known.</summary>
    internal RecordOrigin Origin { get; set; }

    /// <summary>
    /// The record's row in the batch of the operator that the exception has come to on its way up the chain; -1 = not known.
    /// </summary>
    internal int Row { get; set; } = -1;

    /// <summary>The rows of the batch before are others. For exception filters: does not catch.</summary>
    internal bool ForgetRow()
    {
        Row = -1;
        return false;
    }

    /// <summary>Says which records were under way, where the very one is not known.</summary>
    internal void LocateBetween(RecordSplit split, long first, long last) =>
        _range = string.Create(CultureInfo.InvariantCulture, $"{split} @ {first} to {last}");

    private string Describe()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"Operator '{OperatorName}' (uid '{OperatorUid}') failed on {_subject}");
        if (Origin.IsKnown)
        {
            text.Append(CultureInfo.InvariantCulture, $", {Origin.Split} @ {Origin.Offset}");
        }
        else if (_range is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $", one of {_range}");
        }

        string cause = InnerException!.Message.TrimEnd();
        text.Append(
            CultureInfo.InvariantCulture,
            $": {InnerException.GetType().Name}: {cause}{(cause is [.., '.' or '!' or '?'] ? "" : ".")} {_detail}"
        );
        return text.Append("Correct the function or the record's producer, or leave such records out with env.SetUserCodeErrorPolicy(...).")
            .ToString();
    }
}

/// <summary>The job is declared wrongly, which would fail for every record: no policy for errors of user code applies.</summary>
internal sealed class WrongJobException : InvalidOperationException
{
    public WrongJobException() { }

    public WrongJobException(string message)
        : base(message) { }

    public WrongJobException(string message, Exception innerException)
        : base(message, innerException) { }
}
