import type { OptionTexts } from "./text.ts";

/** Texts of the options of repositories in S3, Azure and GCS. */
export const OBJECT_STORE_TEXTS: OptionTexts = {
  "repo-azure-account": {
    summary: "Name of the Azure storage account.",
    text: "The account that has the container of the repository.",
  },
  "repo-azure-container": {
    summary: "Azure container of the repository.",
    text: "It must exist. Several repositories can share one when their repo-path differs.",
  },
  "repo-azure-endpoint": {
    summary: "Azure endpoint.",
    text: "Set it for clouds with endpoints of their own, or for software that speaks Azure's protocol.",
  },
  "repo-azure-key": {
    summary: "Key of the Azure storage account.",
    text: "The account key or, with repo-azure-key-type=sas, a signature that grants access.",
  },
  "repo-azure-key-type": {
    summary: "Kind of the Azure key.",
    text: "* shared - account key\n* sas - shared access signature\n* auto - managed identity of the machine",
  },
  "repo-azure-uri-style": {
    summary: "Where the account stands in Azure addresses.",
    text: "* host - in the name of the host\n* path - in the path, as emulators want it",
  },
  "repo-gcs-bucket": {
    summary: "GCS bucket of the repository.",
    text: "It must exist. Several repositories can share one when their repo-path differs.",
  },
  "repo-gcs-endpoint": {
    summary: "GCS endpoint.",
    text: "Set it for software that speaks Google's protocol.",
  },
  "repo-gcs-key": {
    summary: "GCS key.",
    text: "Path of the key file of a service account or, with repo-gcs-key-type=token, an access token.",
  },
  "repo-gcs-key-type": {
    summary: "Kind of the GCS key.",
    text: "* service - key file of a service account\n* token - an access token\n* auto - the identity of the machine",
  },
  "repo-gcs-user-project": {
    summary: "GCS project that is billed for requests.",
    text: "Needed for buckets whose requester pays.",
  },
  "repo-s3-bucket": {
    summary: "S3 bucket of the repository.",
    text: "It must exist. Several repositories can share one when their repo-path differs. Names with dots need " +
      "repo-s3-uri-style=path.",
  },
  "repo-s3-endpoint": {
    summary: "S3 endpoint.",
    text: "Host name of the service in the region of the bucket.",
  },
  "repo-s3-key": {
    summary: "S3 access key.",
    text: "Needs the rights to list, read, write and delete in the bucket.",
  },
  "repo-s3-key-secret": {
    summary: "Secret of the S3 access key.",
    text: "Belongs to repo-s3-key.",
  },
  "repo-s3-key-type": {
    summary: "Where S3 credentials come from.",
    text:
      "* shared - the options repo-s3-key and repo-s3-key-secret\n* auto - the role of the machine\n* web-id - a token of " +
      "a web identity\n* pod-id - the identity of a pod\n* process - a program, see repo-s3-process-cmd",
  },
  "repo-s3-kms-key-id": {
    summary: "Key with which S3 encrypts at rest.",
    text: "The id of a key in the service's key management.",
  },
  "repo-s3-process-cmd": {
    summary: "Program that prints S3 credentials, and its arguments.",
    text:
      "Given once for the program and once for each argument. It prints a JSON object as the credential_process of AWS " +
      "tools does.",
  },
  "repo-s3-region": {
    summary: "S3 region of the bucket.",
    text: "Part of every signature; services that have no regions often want us-east-1.",
  },
  "repo-s3-requester-pays": {
    summary: "Agree to pay for requests.",
    text: "Needed for buckets whose requester pays.",
  },
  "repo-s3-role": {
    summary: "Role of the machine to take S3 credentials from.",
    text: "Without it the role is asked for.",
  },
  "repo-s3-service": {
    summary: "Name of the service in S3 signatures.",
    text: "Set it for services that sign under another name.",
  },
  "repo-s3-sse-customer-key": {
    summary: "Our own key with which S3 encrypts at rest.",
    text: "Sent with each request and not kept by the service. Without it the files can not be read.",
  },
  "repo-s3-sts-host": {
    summary: "Host that turns a web identity into S3 credentials.",
    text: "Set it for regions or clouds that have one of their own.",
  },
  "repo-s3-token": {
    summary: "Session token of temporary S3 credentials.",
    text: "Belongs to repo-s3-key and must be renewed with it.",
  },
  "repo-s3-uri-style": {
    summary: "Where the bucket stands in S3 addresses.",
    text: "* host - in the name of the host\n* path - in the path, as many compatible services want it",
  },
  "repo-storage-ca-file": {
    summary: "File with the authorities the object store's certificate is checked against.",
    text: "Without it those of the system count.",
  },
  "repo-storage-ca-path": {
    summary: "Folder with the authorities the object store's certificate is checked against.",
    text: "Without it those of the system count.",
  },
  "repo-storage-host": {
    summary: "Host to connect to instead of the endpoint.",
    text: "For proxies and for services in one's own network; signatures still name the endpoint.",
  },
  "repo-storage-port": {
    summary: "Port of the object store.",
    text: "Counts for the endpoint and for repo-storage-host.",
  },
  "repo-storage-tag": {
    summary: "Tag for stored objects, as key=value.",
    text: "Object stores can decide by tags what happens to objects. May be given several times.",
  },
  "repo-storage-upload-chunk-size": {
    summary: "Size of the pieces in which large files are uploaded.",
    text: "Larger pieces need more memory and allow larger files: most services take 10,000 pieces at most.",
  },
  "repo-storage-verify-tls": {
    summary: "Check the object store's certificate.",
    text: "Without the check nobody can tell who receives the backups: for tests only.",
  },
};
