namespace Longhaul.Slurper.Bodies;

internal static class JobReader
{
    public static JobRequest? ReadCreate(ReadOnlyMemory<byte> body, string prefix, IEndpointRules rules, List<JobFault> faults) => null;

    public static BroughtSecrets ReadSecrets(ReadOnlyMemory<byte> body, string prefix, JobSpec spec, List<JobFault> faults) => BroughtSecrets.None;
}
