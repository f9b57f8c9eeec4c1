namespace Millrace.Graph;

/// <summary>An edge's sending side that knows the position (offset) of the record under way.</summary>
internal interface IPositionedOutput
{
    long Position { get; }
}
